/** A run over HTTP, from the portal that a Jupyter server has under `automl-widgets/`: what changes is waited for. */

import type { Command, Connection, FileName, Host, LogChunk, Patch } from "../types";
import { SETUP } from "../setup";
import { sharedModule } from "./plotly";
import { credentials, newClick, type Server } from "./rest";

export const PREFIX = "automl-widgets/";
/** The server answers after so long even if nothing has changed. */
const WAIT_S = 10;
const LOG_MS = 1000;
const PAUSES_S = [1, 2, 4, 8];

const pageClock = (): number => Date.now() / 1000;
type Params = Record<string, string | number>;

/** The server has said no, in words. */
export class Refusal extends Error {
  constructor(message: string, readonly status: number) { super(message); }
}

/** The portal's answers for one run; `query` names it: `workspace=…&run=…`. */
export class Portal {
  private readonly named: Record<string, string>;

  constructor(private readonly server: Server, query: string, private readonly fetcher: typeof fetch = (...args) => fetch(...args)) {
    const asked = new URLSearchParams(query);
    this.named = { workspace: asked.get("workspace") ?? "", run: asked.get("run") ?? "" };
  }

  /** The address of the run's page. */
  get page(): string {
    return `${this.server.base}${PREFIX}run?${new URLSearchParams(this.named)}`;
  }

  private ask(path: string, params: Params, signal?: AbortSignal): Promise<unknown> {
    const query = new URLSearchParams({ ...this.named, ...Object.fromEntries(Object.entries(params).map(([key, value]) => [key, String(value)])) });
    return answer(this.server, `api/${path}?${query}`, signal ? { signal } : {}, this.fetcher);
  }

  /** What changed after `after`: at once, or within `wait` seconds as soon as there is something. */
  async changes(after: number, wait: number, signal?: AbortSignal): Promise<Patch> {
    return (await this.ask("run", { after, wait }, signal)) as Patch;
  }

  async log(i: number, from: number): Promise<LogChunk> {
    return (await this.ask("log", { iteration: i, from })) as LogChunk;
  }

  async file(i: number, name: FileName): Promise<string> {
    return ((await this.ask("file", { iteration: i, name })) as { text: string }).text;
  }

  /** `click` marks a command that may come by another way too. */
  async command(command: Command, click: string = newClick()): Promise<"taken" | "queued"> {
    const body = JSON.stringify({ ...this.named, command, click });
    return ((await answer(this.server, "api/command", { method: "POST", body }, this.fetcher)) as { state: "taken" | "queued" }).state;
  }
}

/** What the portal answers, as JSON; its refusals are errors in its own words. */
export async function answer(server: Server, path: string, init: RequestInit, fetcher: typeof fetch = (...args) => fetch(...args)): Promise<unknown> {
  const response = await fetcher(`${server.base}${PREFIX}${path}`, {
    credentials: "same-origin", cache: "no-store", ...init, headers: { "Content-Type": "application/json", ...credentials(server) },
  });
  if (response.ok) return response.json();
  const { message } = (await response.json().catch(() => ({}))) as { message?: unknown };
  if (response.status === 403) throw new Refusal("The server does not know you any more: log in again.", 403);
  throw new Refusal(typeof message === "string" ? message : `The server answered ${response.status}.`, response.status);
}

/** What the page around a run hears: every patch, and what the server refuses. */
export interface Ears { told?: ((patch: Patch) => void) | undefined; refused?: ((refusal: Refusal) => void) | undefined }

/** The host of a run's page. */
export function portalHost(portal: Portal, chartsUrl: string, signal: AbortSignal, ears: Ears = {}): Host {
  return new PortalHost(portal, chartsUrl, signal, ears);
}

class PortalHost implements Host {
  private seq = 0;
  private isFollowing = false;
  private failedSince: number | null = null;
  private takePatch: (patch: Patch) => void = () => undefined;
  private takeLogs: (chunks: LogChunk[]) => void = () => undefined;
  private tell: (connection: Connection) => void = () => undefined;
  /** The log that is looked at, how far it was read, and its timer. */
  private watched: { i: number; from: number } | null = null;
  private readonly running = new Set<number>();

  constructor(private readonly portal: Portal, private readonly chartsUrl: string, private readonly signal: AbortSignal, private readonly ears: Ears) {
    const timer = setInterval(() => void this.followLog(), LOG_MS);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  initial(): Patch | null { return null; }
  onPatch(take: (patch: Patch) => void): void { this.takePatch = take; }
  onLogs(take: (chunks: LogChunk[]) => void): void { this.takeLogs = take; }
  onConnection(take: (connection: Connection) => void): void { this.tell = take; }

  async hello(have: number): Promise<Patch> {
    const patch = this.seen(await this.heard(this.portal.changes(have, 0, this.signal)));
    if (!this.isFollowing) void this.follow();
    return patch;
  }

  /** Waits for changes, one question after the other, until the page is closed. */
  private async follow(): Promise<void> {
    this.isFollowing = true;
    for (let failures = 0; !this.signal.aborted;) {
      try {
        this.takePatch(this.seen(await this.heard(this.portal.changes(this.seq, WAIT_S, this.signal))));
        failures = 0;
      } catch {
        await new Promise((done) => setTimeout(done, 1000 * (PAUSES_S[Math.min(failures, PAUSES_S.length - 1)] as number)));
        failures += 1; // that the server does not answer is told by the connection
      }
    }
  }

  private seen(patch: Patch): Patch {
    this.seq = patch.seq;
    const setup = patch.status?.setup;
    for (const row of [...(setup ? [{ i: SETUP, state: setup.state }] : []), ...(patch.rows ?? [])]) {
      if (row.state === "running" || row.state === "canceling") this.running.add(row.i);
      else this.running.delete(row.i);
    }
    this.ears.told?.(patch);
    return patch;
  }

  /** Tells by the fate of a question whether the server answers. */
  private async heard<T>(question: Promise<T>): Promise<T> {
    try {
      const found = await question;
      if (this.failedSince !== null) { this.failedSince = null; this.tell({ kind: "live" }); }
      return found;
    } catch (error) {
      if (error instanceof Refusal && !this.signal.aborted) this.ears.refused?.(error);
      if (!this.signal.aborted && this.failedSince === null) {
        this.failedSince = pageClock();
        this.tell({ kind: "disconnected", since: this.failedSince, who: "server" });
      }
      throw error;
    }
  }

  async log(i: number, from: number): Promise<LogChunk> {
    const chunk = await this.portal.log(i, from);
    this.watched = { i, from: chunk.to ?? chunk.size };
    return chunk;
  }

  /** Reads on in the log that was opened last, once more after its iteration has ended. */
  private async followLog(): Promise<void> {
    const { watched } = this;
    if (!watched || document.hidden) return;
    this.watched = null; // one question at a time
    const isGrowing = this.running.has(watched.i);
    try {
      const chunk = await this.portal.log(watched.i, watched.from), to = chunk.to ?? chunk.size;
      if (to > watched.from && !this.signal.aborted) this.takeLogs([chunk]);
      if (isGrowing || to < chunk.size) this.watched ??= { i: watched.i, from: to };
    } catch {
      this.watched ??= isGrowing ? watched : null; // asked again as long as there may be more
    }
  }

  file(i: number, name: FileName): Promise<string> { return this.portal.file(i, name); }
  command(command: Command): Promise<"taken" | "queued"> { return this.portal.command(command); }
  plotly(): ReturnType<Host["plotly"]> { return sharedModule(this.chartsUrl); }
}
