/** The widget in Jupyter: anywidget's model on one side, `Host` on the other. Nothing is ever written to a trait. */

import type { Answer, Command, Connection, FileName, Host, LogChunk, Patch, PlotlyLike, Push, Request } from "../types";
import { connectionOf, LATE_S, type Contact } from "./contact";
import { cellInserter, kernelOf, refreshPicture, watchKernel } from "./notebook";
import { sharedPlotly } from "./plotly";
import { Portal } from "./portal";
import { newClick, Rest, serverOf } from "./rest";

/** The part of anywidget's model that is used. */
export interface AnyModel {
  get(name: string): unknown;
  on(event: string, take: (...args: never[]) => void): void;
  off(event: string, take: (...args: never[]) => void): void;
  send(content: unknown): void;
  widget_manager?: unknown;
}

type Asked = Request extends infer R ? (R extends { id: number } ? Omit<R, "id"> : never) : never;
type Answered<Op extends Answer["op"]> = Extract<Answer, { op: Op }>;
interface Question { resolve(answer: Answer, buffers: readonly DataView[]): void; reject(error: Error): void; timer: ReturnType<typeof setTimeout> }

const pageClock = (): number => Date.now() / 1000;
const HELLO_MS = 20_000;
/** While no answer comes the kernel is asked again, after pauses that double: an answer may have been lost. */
const FIRST_PING_S = 4, LAST_PING_S = 60;
const PLOTLY_MS = 30_000;

const isPatch = (value: unknown): value is Patch => typeof value === "object" && value !== null && (value as Partial<Patch>).v === 1;

/** The host of one view. `node` is where it is shown; everything ends with the signal. */
export function jupyterHost(model: AnyModel, node: Element, signal: AbortSignal): Host {
  return new JupyterHost(model, node, signal);
}

class JupyterHost implements Host {
  private readonly questions = new Map<number, Question>();
  /** Views share a model, and each sees all answers: numbers of different views must differ. */
  private lastId = Math.floor(Math.random() * 2 ** 40) * 1000;
  private contact: Contact;
  private connection: Connection = { kind: "live" };
  private pingAfterS = FIRST_PING_S;
  /** What the page knew when it last asked. */
  private have = 0;
  private tellConnection: (connection: Connection) => void = () => undefined;
  private takePatch: (patch: Patch) => void = () => undefined;
  private takeLogs: (chunks: LogChunk[]) => void = () => undefined;
  readonly insertCell?: (source: string) => void;
  readonly page?: string;

  constructor(private readonly model: AnyModel, node: Element, private readonly signal: AbortSignal) {
    const shownAt = this.initial()?.status?.now ?? null;
    this.contact = { heardAt: null, waitingSince: null, restartedAt: null, kernel: kernelOf(model.widget_manager), startedAt: pageClock(), shownAt };
    const insert = cellInserter(model.widget_manager, node);
    if (insert) this.insertCell = insert;
    const portal = this.portal();
    if (portal) this.page = portal.page;
    this.listen("msg:custom", (content: Answer | Push, buffers?: readonly DataView[]) => this.message(content, buffers ?? []));
    this.listen("change:patch", () => this.changed("patch"));
    this.listen("change:snap", () => this.changed("snap"));
    watchKernel(model.widget_manager, (status) => this.kernelChanged(status), signal);
    const timer = setInterval(() => this.look(), 1000);
    signal.addEventListener("abort", () => {
      clearInterval(timer);
      for (const question of this.questions.values()) { clearTimeout(question.timer); question.reject(new Error("The view was closed.")); }
    }, { once: true });
  }

  private listen(event: string, take: (...args: never[]) => void): void {
    this.model.on(event, take);
    this.signal.addEventListener("abort", () => this.model.off(event, take), { once: true });
  }

  // What comes by itself

  initial(): Patch | null {
    const snap = this.model.get("snap");
    return isPatch(snap) ? snap : null;
  }

  onPatch(take: (patch: Patch) => void, signal: AbortSignal): void {
    this.takePatch = (patch) => { if (!signal.aborted) take(patch); };
    const last = this.model.get("patch");
    if (isPatch(last)) this.takePatch(last);
  }

  onLogs(take: (chunks: LogChunk[]) => void, signal: AbortSignal): void {
    this.takeLogs = (chunks) => { if (!signal.aborted) take(chunks); };
  }

  onConnection(take: (connection: Connection) => void, signal: AbortSignal): void {
    this.tellConnection = (connection) => { if (!signal.aborted) take(connection); };
    this.look();
    this.tellConnection(this.connection);
  }

  private changed(trait: "patch" | "snap"): void {
    const value = this.model.get(trait);
    this.heard();
    if (isPatch(value)) this.takePatch(value);
  }

  private message(content: Answer | Push, buffers: readonly DataView[]): void {
    this.heard();
    if (content.op === "logs") this.takeLogs(content.chunks);
    else if (content.op === "picture") refreshPicture(this.model.widget_manager, String(this.model.get("run_id")), content.html);
    else this.questions.get(content.id)?.resolve(content, buffers);
  }

  // Whether the kernel answers

  private heard(): void {
    this.contact = { ...this.contact, heardAt: pageClock(), restartedAt: null };
    this.look();
  }

  private kernelChanged(status: string): void {
    if (["restarting", "autorestarting", "dead"].includes(status)) this.contact = { ...this.contact, restartedAt: this.contact.restartedAt ?? pageClock() };
    this.look();
  }

  private look(): void {
    this.contact = { ...this.contact, kernel: kernelOf(this.model.widget_manager) };
    this.ping();
    const next = connectionOf(this.contact, pageClock());
    if (JSON.stringify(next) === JSON.stringify(this.connection)) return;
    this.connection = next;
    this.tellConnection(next);
  }

  private ping(): void {
    const { waitingSince } = this.contact;
    if (waitingSince === null || pageClock() - waitingSince < this.pingAfterS) return;
    this.pingAfterS += Math.min(this.pingAfterS, LAST_PING_S);
    this.hello(this.have).then((patch) => this.takePatch(patch), () => undefined); // that it stays without an answer shows by itself
  }

  // Questions

  /** Asks the kernel; rejects when no answer has come in time, but an answer that is late still counts as a word from it. */
  private ask<Op extends Answer["op"]>(question: Asked, op: Op, patienceMs: number): Promise<{ answer: Answered<Op>; buffers: readonly DataView[] }> {
    const id = (this.lastId += 1), waits = this.contact.waitingSince ?? pageClock();
    this.contact = { ...this.contact, waitingSince: waits };
    const lateTimer = setTimeout(() => this.look(), LATE_S * 1000 + 50);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(lateTimer);
        clearTimeout(asked.timer);
        this.questions.delete(id);
      };
      const asked: Question = {
        resolve: (answer, buffers) => {
          end();
          this.contact = { ...this.contact, waitingSince: null };
          this.pingAfterS = FIRST_PING_S;
          this.look();
          if (answer.op === op) resolve({ answer: answer as Answered<Op>, buffers });
          else reject(new Error(answer.op === "error" ? answer.message : `the kernel answered ${answer.op} to ${question.op}`));
        },
        reject: (error) => { end(); reject(error); },
        timer: setTimeout(() => { reject(new Late(`The kernel has not answered within ${patienceMs / 1000} s.`)); }, patienceMs),
      };
      this.questions.set(id, asked);
      if (this.signal.aborted) asked.reject(new Error("The view was closed."));
      else this.send({ ...question, id } as Request, asked);
    });
  }

  private send(request: Request, question: Question): void {
    try {
      this.model.send(request);
    } catch (error) {
      question.reject(error instanceof Error ? error : new Error(String(error))); // a model without a comm throws here
    }
  }

  async hello(have: number): Promise<Patch> {
    this.have = have;
    return (await this.ask({ op: "hello", have }, "patch", HELLO_MS)).answer.patch;
  }

  /** By the kernel, or past it while it is busy: by the server. */
  private async either<T>(kernel: () => Promise<T>, server: (rest: Rest | Portal) => Promise<T>): Promise<T> {
    const rest = this.portal() ?? this.rest();
    if (rest && (this.connection.kind === "busy" || this.isAway())) return server(rest).catch(() => kernel());
    try {
      return await kernel();
    } catch (error) {
      if (!rest || !(error instanceof Late)) throw error;
      return server(rest);
    }
  }

  private isAway(): boolean {
    return this.connection.kind === "disconnected" || this.connection.kind === "snapshot";
  }

  private rest(): Rest | null {
    const folder = this.model.get("server_path"), server = serverOf(document);
    return server && typeof folder === "string" && folder ? new Rest(server, folder) : null;
  }

  /** The server's extension, where the kernel has found that there is one. */
  private portal(): Portal | null {
    const query = this.model.get("portal"), server = serverOf(document);
    return server && typeof query === "string" && query ? new Portal(server, query) : null;
  }

  log(i: number, from: number): Promise<LogChunk> {
    return this.either(async () => (await this.ask({ op: "log", i, from }, "log", LATE_S * 1000)).answer.chunk, (rest) => rest.log(i, from));
  }

  file(i: number, name: FileName): Promise<string> {
    return this.either(async () => (await this.ask({ op: "file", i, name }, "file", LATE_S * 1000)).answer.text, (rest) => rest.file(i, name));
  }

  /** Past a busy kernel by the server's extension; else by the kernel, after 1.2 s by the server's files; else it waits in the kernel's queue. */
  async command(command: Command): Promise<"taken" | "queued"> {
    if (this.isAway()) throw new Error("The kernel does not answer: the command was not sent.");
    const click = newClick();
    const isBusy = this.contact.kernel === "busy" || this.connection.kind === "busy";
    const past = isBusy ? await this.portal()?.command(command, click).catch((error: unknown) => console.warn("automl_widgets: the kernel is asked instead,", error)) : null;
    if (past) return past;
    try {
      await this.ask({ op: "command", command, click }, "taken", LATE_S * 1000);
      return "taken";
    } catch (error) {
      if (!(error instanceof Late)) throw error;
    }
    await this.rest()?.command(command, click).catch((error: unknown) => console.warn("automl_widgets: the command waits for the kernel,", error));
    return "queued";
  }

  plotly(): Promise<PlotlyLike> {
    return sharedPlotly(async () => {
      const { buffers } = await this.ask({ op: "plotly" }, "plotly", PLOTLY_MS), [file] = buffers;
      if (!file) throw new Error("The chart library did not come with the answer.");
      return new Uint8Array(file.buffer as ArrayBuffer, file.byteOffset, file.byteLength);
    });
  }
}

/** No answer in time; it may still come. */
class Late extends Error {}
