/** Numbers, times and foreign text as the reader sees them: the table `Numbers` of the design, row by row. */

import type { Row } from "./types";

/** What stands where a value is missing. */
export const NONE = "–";
const MINUS = "−";

const groups = new Map<number, Intl.NumberFormat>();
/** Fixed decimals, thousands with a comma, a true minus. */
export function fixed(value: number, decimals: number): string {
  let format = groups.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    groups.set(decimals, format);
  }
  return format.format(value).replace(/^-0(?:\.0+)?$/, (zero) => zero.slice(1)).replace("-", MINUS);
}

/** NaN and null are missing; infinities have their sign. Null if `value` is an ordinary number. */
function special(value: number | null | undefined): string | null {
  if (value === null || value === undefined || Number.isNaN(value)) return NONE;
  if (value === Infinity) return "∞";
  if (value === -Infinity) return `${MINUS}∞`;
  return null;
}

/** `significant` digits, thousands grouped, in powers of ten beyond 1e6 and 1e-4. */
function significant(value: number, digits: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) {
    return value.toExponential(Math.min(digits, 2) - 1).replace("e+", "e").replace(/-/g, (sign, at: number) => (at === 0 ? MINUS : sign));
  }
  const rounded = Number(value.toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  return fixed(rounded, decimals);
}

/** How scores of one metric are written: 4 decimals where both ends are known, else 5 significant digits. */
export interface ScoreStyle { bounded: boolean }

/** A score: `0.9983`, `1,284.3`, `3.2e-7`. */
export function score(value: number | null | undefined, style: ScoreStyle): string {
  return special(value) ?? (style.bounded ? fixed(value as number, 4) : significant(value as number, 5));
}

function decimalsOf(text: string): number | null {
  return /e/.test(text) ? null : (text.split(".")[1]?.length ?? 0);
}

/** The spread of a score, with that score's decimals: `± 0.0006`. Empty when it is not known. */
export function spread(value: number | null | undefined, of: number | null, style: ScoreStyle): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "";
  const decimals = decimalsOf(score(of, style));
  return `± ${decimals === null ? significant(value, 2) : fixed(value, decimals)}`;
}

/** A difference with its sign: `+0.0006`, `−0.0012`. */
export function difference(value: number | null | undefined, style: ScoreStyle): string {
  if (value === Infinity) return "+∞";
  const text = score(value, style);
  return value !== null && value !== undefined && value > 0 && Number.isFinite(value) ? `+${text}` : text;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** A duration: `0.4 s`, `52.3 s`, `1 m 52 s`, `2 h 05 m`. */
export function duration(seconds: number | null | undefined): string {
  const odd = special(seconds);
  if (odd !== null) return odd;
  const value = Math.max(0, seconds as number);
  if (value < 59.95) return `${fixed(value, 1)} s`;
  const whole = Math.round(value);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`;
  const minutes = Math.round(value / 60);
  return `${fixed(Math.floor(minutes / 60), 0)} h ${two(minutes % 60)} m`;
}

/** A short duration: `4.1 ms`, else as `duration`. */
export function milliseconds(value: number | null | undefined): string {
  const odd = special(value);
  if (odd !== null) return odd;
  return (value as number) < 1000 ? `${significant(value as number, 2)} ms` : duration((value as number) / 1000);
}

/** Time used of time asked, as the header writes it: `334` and `/ 900 s`, over 7,200 s in hours and minutes. */
export function timeUsed(used: number | null, asked: number | null): { used: string; rest: string } {
  const inHours = (asked ?? used ?? 0) > 7200;
  const show = (seconds: number): string => (inHours ? duration(Math.max(60, seconds)).replace(/^(\d+) m \d+ s$/, "$1 m") : fixed(Math.floor(seconds), 0));
  const unit = inHours ? "" : " s";
  if (asked === null) return { used: used === null ? NONE : show(used), rest: used === null ? "" : unit.trim() };
  return { used: used === null ? NONE : show(used), rest: `/ ${show(asked)}${unit}` };
}

/** A guess, rounded so that it does not pretend: to 5 s under a minute, 10 s under ten, else to minutes. Without `about`. */
export function estimate(seconds: number): string {
  const value = Math.max(0, seconds);
  if (value <= 57.5) return `${Math.max(5, Math.round(value / 5) * 5)} s`;
  if (value < 595) {
    const tens = Math.round(value / 10) * 10;
    return tens % 60 === 0 ? `${tens / 60} min` : `${Math.floor(tens / 60)} min ${tens % 60} s`;
  }
  const minutes = Math.round(value / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** Memory in powers of ten, from megabytes: `226 MB`, `1.4 GB`. */
export function memory(megabytes: number | null | undefined): string {
  const odd = special(megabytes);
  if (odd !== null) return odd;
  const value = megabytes as number;
  if (value >= 999.5) return `${fixed(value / 1000, 1)} GB`;
  if (value >= 9.95 || value === 0) return `${fixed(value, 0)} MB`;
  return value >= 0.1 ? `${fixed(value, 1)} MB` : bytes(value * 1e6);
}

/** A size in bytes: `840 B`, `1.4 kB`, `2.0 MB`. */
export function bytes(value: number): string {
  if (value < 1000) return `${fixed(Math.round(value), 0)} B`;
  return value < 999_950 ? `${fixed(value / 1e3, 1)} kB` : `${fixed(value / 1e6, 1)} MB`;
}

/** A count: `1,797`. */
export function count(value: number | null | undefined): string {
  return special(value) ?? fixed(value as number, 0);
}

/** A count with its noun: `1 iteration`, `5,000 iterations`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A count on an axis: `800`, `10k`, `2.5M`. */
export function short(value: number): string {
  const size = Math.abs(value);
  const [by, unit] = size >= 1e6 ? [1e6, "M"] : size >= 1e4 ? [1e3, "k"] : [1, ""];
  return `${String(Math.round((value / by) * 10) / 10).replace("-", MINUS)}${unit}`;
}

/** A share, given from 0 to 1: `9.7 %`. */
export function share(value: number | null | undefined): string {
  return special(value) ?? `${fixed((value as number) * 100, 1)} %`;
}

/** Local time of seconds since the epoch: `17:42:08`; with the date if that is not today's. */
export function clock(seconds: number | null | undefined, today: number): string {
  const odd = special(seconds);
  if (odd !== null) return odd;
  const at = new Date((seconds as number) * 1000);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const isToday = at.toDateString() === new Date(today * 1000).toDateString();
  return isToday ? time : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** A hyper-parameter: 4 significant digits; whole numbers and words as they are. */
export function parameter(value: Row["params"][string] | undefined): string {
  if (value === null || value === undefined) return value === null ? "None" : NONE;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") {
    return special(value) ?? (Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value).replace("-", MINUS) : String(Number(value.toPrecision(4))).replace(/^-/, MINUS));
  }
  if (typeof value === "string") return visible(value);
  if (Array.isArray(value)) return `[${value.map(parameter).join(", ")}]`;
  return `{${Object.entries(value).map(([key, inner]) => `${visible(key)}: ${parameter(inner)}`).join(", ")}}`;
}

/** The whole value of a hyper-parameter, for tool-tip and clipboard, as Python writes it. */
export function parameterInFull(value: Row["params"][string] | undefined): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(parameterInFull).join(", ")}]`;
  return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${parameterInFull(inner)}`).join(", ")}}`;
}

const PICTURES = /[\u0000-\u001f\u007f]/g;
const INVISIBLE = /[\u0080-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
/** Foreign text with its control characters as pictures (`␛`, `␊`); direction overrides become `·`. */
export function visible(text: string): string {
  return text
    .replace(PICTURES, (character) => (character === "\u007f" ? "␡" : String.fromCharCode(0x2400 + character.charCodeAt(0))))
    .replace(INVISIBLE, "·");
}

/** `StandardScaler LightGBM`; `not chosen yet` while the recipe is not known. */
export function pipeline(row: Pick<Row, "pre" | "alg">): string {
  return visible([row.pre, row.alg].filter(Boolean).join(" ")) || "not chosen yet";
}
