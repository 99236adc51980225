/** The way past a busy kernel: the Jupyter server's own files and contents, read and written by the page. */

import { logPath } from "../setup";
import type { Command, LogChunk } from "../types";

/** Where the server is, and what it wants to see with a request. */
export interface Server { base: string; token: string }

/** The server that this page came from, if it says so; VS Code and Colab have none. */
export function serverOf(page: Document): Server | null {
  const { baseUrl } = page.body.dataset;
  try {
    const config: unknown = JSON.parse(page.getElementById("jupyter-config-data")?.textContent ?? "{}");
    const { baseUrl: base, token } = config as { baseUrl?: unknown; token?: unknown };
    const found = typeof base === "string" ? base : baseUrl;
    return found ? { base: found.endsWith("/") ? found : `${found}/`, token: typeof token === "string" ? token : "" } : null;
  } catch {
    return baseUrl ? { base: baseUrl, token: "" } : null; // not a page of Jupyter's: there is no such way
  }
}

/** The headers that prove who asks. */
export function credentials(server: Server): Record<string, string> {
  const xsrf = /(?:^|;\s*)_xsrf=([^;]+)/.exec(document.cookie)?.[1];
  return { ...(server.token ? { Authorization: `token ${server.token}` } : {}), ...(xsrf ? { "X-XSRFToken": decodeURIComponent(xsrf) } : {}) };
}

/** A mark that no other click has; `crypto.randomUUID` is missing in pages that come over plain HTTP from elsewhere. */
export const newClick = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const encoded = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** What a run's folder on the server can do for the page. */
export class Rest {
  constructor(private readonly server: Server, private readonly folder: string, private readonly fetcher: typeof fetch = (...args) => fetch(...args)) {}

  private async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    const response = await this.fetcher(`${this.server.base}files/${encoded(`${this.folder}/${path}`)}`, {
      credentials: "same-origin", cache: "no-store", headers: { ...credentials(this.server), ...headers },
    });
    if (!response.ok && response.status !== 416) throw new Error(`the server answered ${response.status} for ${path}`);
    return response;
  }

  /**
   * The bytes of an iteration's log from `from` on. One byte more is asked for: a range that begins at the end of the
   * file would be an error. Servers that know no ranges send the whole file.
   */
  async log(i: number, from: number): Promise<LogChunk> {
    const asked = Math.max(0, from - 1);
    const response = await this.get(logPath(i), asked > 0 ? { Range: `bytes=${asked}-` } : {});
    if (response.status === 416) return { i, from, to: from, size: from, text: "" };
    const bytes = new Uint8Array(await response.arrayBuffer()), start = response.status === 206 ? asked : 0;
    const whole = untilWholeCharacter(bytes.subarray(from - start));
    return { i, from, to: from + whole.length, size: start + bytes.length, text: new TextDecoder().decode(whole) };
  }

  async file(i: number, name: string): Promise<string> {
    return (await this.get(`iterations/${i}/${name}`)).text();
  }

  /** Leaves a command where the engine looks for it. */
  async command(command: Command, click: string): Promise<"queued"> {
    const path = `${this.folder}/commands/${click}.json`;
    const response = await this.fetcher(`${this.server.base}api/contents/${encoded(path)}`, {
      method: "PUT", credentials: "same-origin", headers: { "Content-Type": "application/json", ...credentials(this.server) },
      body: JSON.stringify({ type: "file", format: "text", content: JSON.stringify({ ...command, click }) }),
    });
    if (!response.ok) throw new Error(`the server answered ${response.status} to the command`);
    return "queued";
  }
}

/** A file that grows may end within a character: those bytes come with the next piece. */
export function untilWholeCharacter(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 0;
    if (needs > 0) return needs > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
