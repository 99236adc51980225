/** Between the app and its host: patches in, gaps filled, logs read, commands sent, and the engine's clock guessed. */

import { plural, visible } from "./format";
import { append, missing } from "./logbook";
import { apply, EMPTY, hasEnded, isRunning, type Model } from "./model";
import { rowAt } from "./setup";
import { commandKey, type AppState, type Pending } from "./state";
import { openTab, withModel } from "./ui";
import type { Command, Connection, Host, Patch } from "./types";

const HELLO_PAUSES_S = [0.5, 1, 2, 5, 10];
/** A command that shows no effect for so long is shown as possible again. */
const PATIENCE_S = 20;
/** The same for a command whose effect may not show: its having been taken is all there is. */
const SHORT_PATIENCE_S = 5;
const POLL_S = 2;
/** A log is read in at most so many steps, one after the other. */
const MOST_STEPS = 24;

const pageClock = (): number => Date.now() / 1000;
const because = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class Liaison {
  /** The engine's clock minus the page's; null until a live patch has come. */
  private skew: number | null = null;
  private isAsking = false;
  private failures = 0;
  private readonly sentAt = new Map<string, number>();
  private polledAt = 0;
  private helloTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly host: Host, private readonly get: () => AppState, private readonly set: (state: AppState) => void,
    private readonly notice: (text: string) => void, private readonly signal: AbortSignal,
  ) {}

  start(): void {
    const { host, signal } = this, first = host.initial();
    if (first) this.take(first, false);
    host.onPatch((patch) => this.take(patch, true), signal);
    host.onLogs((chunks) => this.put({ logs: chunks.reduce(append, this.get().logs) }), signal);
    host.onConnection((connection) => this.connected(connection), signal);
    const timer = setInterval(() => this.tick(), 1000);
    signal.addEventListener("abort", () => { clearInterval(timer); clearTimeout(this.helloTimer); }, { once: true });
    this.tick();
    void this.hello();
  }

  private put(change: Partial<AppState>): void {
    if (!this.signal.aborted) this.set({ ...this.get(), ...change });
  }

  // Patches

  private take(patch: Patch, isLive: boolean): void {
    const { status } = patch, state = this.get();
    if (isLive && status) this.skew = Math.max(this.skew ?? -Infinity, status.now - pageClock());
    this.adopt(apply(state.model, patch));
  }

  private adopt(model: Model): void {
    const state = this.get();
    if (model !== state.model && !this.signal.aborted) this.set({ ...withModel(state, model), now: this.now(model) });
    if (model.gap) void this.hello();
  }

  /** Asks for everything after what is known; one question at a time, with growing pauses while none is answered. */
  private async hello(): Promise<void> {
    if (this.isAsking || this.signal.aborted) return;
    this.isAsking = true;
    clearTimeout(this.helloTimer);
    try {
      const patch = await this.host.hello(this.get().model.seq);
      this.failures = 0;
      const isOlder = patch.after === 0 && patch.seq < this.get().model.seq;
      if (isOlder) this.adopt(apply({ ...EMPTY, run: patch.run }, patch));
      else this.take(patch, true);
    } catch {
      this.failures += 1; // the host tells why by its connection; here it is only asked again
    } finally {
      this.isAsking = false;
    }
    if (this.signal.aborted || !(this.failures || this.get().model.gap)) return;
    const pause = HELLO_PAUSES_S[Math.min(this.failures, HELLO_PAUSES_S.length - 1)] as number;
    this.helloTimer = setTimeout(() => void this.hello(), pause * 1000);
  }

  private connected(connection: Connection): void {
    const before = this.get().connection;
    this.put({ connection });
    if (connection.kind === "live" && before.kind !== "live") void this.hello();
  }

  // The clock

  private now(model: Model): number {
    const { connection } = this.get();
    if (connection.kind === "snapshot" || connection.kind === "disk") return model.status?.now ?? connectionTime(connection);
    return pageClock() + (this.skew ?? 0);
  }

  private tick(): void {
    const state = this.get(), { model, connection } = state, now = this.now(model);
    this.forget(now);
    this.followLog();
    const isMoving = !hasEnded(model) || connection.kind === "disconnected";
    if (isMoving ? now - state.now >= 0.5 || now < state.now : state.now === 0) this.put({ now });
  }

  // Logs

  /** Reads what is missing of a log, step by step; what comes by itself meanwhile is no harm. */
  async readLog(i: number): Promise<void> {
    if (this.get().reading.get(i)?.asking) return;
    this.reading(i, true, null);
    try {
      for (let step = 0; step < MOST_STEPS && !this.signal.aborted; step += 1) {
        const log = this.get().logs.get(i), from = missing(log) ?? log?.size ?? 0;
        const chunk = await this.host.log(i, from);
        const { logs } = this.get(), next = append(logs, chunk);
        this.put({ logs: next });
        if (next === logs || missing(next.get(i)) === null) break;
      }
      this.reading(i, false, null);
    } catch (error) {
      this.reading(i, false, because(error));
    }
  }

  private reading(i: number, asking: boolean, problem: string | null): void {
    this.put({ reading: new Map(this.get().reading).set(i, { asking, problem }) });
  }

  /** While the kernel is busy nothing is pushed: the log that is looked at is read from disk. */
  private followLog(): void {
    const { connection, selected, model } = this.get(), row = rowAt(model, selected);
    if (connection.kind !== "busy" || openTab(this.get()) !== "log" || !row || !isRunning(row) || pageClock() - this.polledAt < POLL_S) return;
    this.polledAt = pageClock();
    void this.readLog(row.i);
  }

  // Commands

  /** Sends a command: shown as sent at once, as queued where it could only be left for the engine to find. */
  async command(command: Command): Promise<void> {
    const key = commandKey(command);
    if (this.get().pending.has(key)) return;
    this.sentAt.set(key, pageClock());
    this.pending(key, "sent");
    try {
      const how = await this.host.command(command);
      if (this.get().pending.has(key)) this.pending(key, how);
      const words = sentWords(command);
      if (words) this.notice(how === "taken" ? words : `${words}, as soon as the engine reads it`);
    } catch (error) {
      this.pending(key, null);
      this.notice(because(error));
    }
  }

  private pending(key: string, how: Pending | null): void {
    const pending = new Map(this.get().pending);
    if (how === null) pending.delete(key); else pending.set(key, how);
    this.put({ pending });
  }

  private forget(now: number): void {
    for (const [key, how] of this.get().pending) {
      const patience = /^(block|like|more)/.test(key) ? SHORT_PATIENCE_S : PATIENCE_S;
      if (how === "taken" && pageClock() - (this.sentAt.get(key) ?? now) > patience) this.pending(key, null);
    }
  }
}

const connectionTime = (connection: Connection): number => (connection.kind === "snapshot" ? connection.at : pageClock());

/** What was asked for, of a command whose effect does not show at once where it was given. */
function sentWords(command: Command): string | null {
  switch (command.kind) {
    case "more": return command.minutes ? `${plural(command.minutes, "more minute")} for the run` : `${plural(command.iterations ?? 0, "more iteration")} for the run`;
    case "like": return `${plural(command.count, "more iteration")} like ${command.iteration}`;
    case "block": return `No further iterations of ${visible(command.algorithm)}`;
    case "retry": return `Iteration ${command.iteration} will run again`;
    default: return null;
  }
}
