// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AppState } from "../src/state";
import { codeTab, loadCode, quoted } from "../src/views/code";
import { diagramOf, drawn, parsed } from "../src/views/diagram";
import { captionOf, importanceTab, ranking } from "../src/views/importance";
import { tokensOf } from "../src/views/python";
import type { Artifact } from "../src/views/artifacts";
import { done, ear, failed, find, importance, model, row, running, state } from "./panel-make";

const { signal } = new AbortController();
beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

describe("importance", () => {
  const opened = (app: AppState) => {
    const heard = ear(), view = importanceTab(heard.send, { get: () => ({ kind: "loading" }), retry: () => undefined }, signal);
    const show = (next: AppState): void => { const one = next.model.rows.get(next.selected ?? -1); if (one) view.update({ app: next, row: one }); };
    show(app);
    return { heard, view, show, button: find<HTMLButtonElement>(view.node, ".ask button") };
  };
  const lines = (node: HTMLElement): string[] => [...node.querySelectorAll("tbody tr")].map((one) => one.textContent ?? "");

  test("ranks the features, overall and of a class, and sums the others", () => {
    expect(ranking(importance(), 2, null)).toMatchObject({ bars: [{ feature: "a", value: 0.5 }, { feature: "b", value: 0.3 }], scale: 0.5, rest: 0.45, restCount: 3 });
    expect(ranking(importance(), 2, 0)).toMatchObject({ bars: [{ feature: "b", value: 0.4 }, { feature: "c", value: 0.2 }], scale: 0.8, rest: null });
    expect(ranking(importance({ n_features: 3 }), 2, 0).rest).toBeCloseTo(0.1);
  });
  test("the caption says method, unit, sample and the rest", () => {
    const one = importance();
    expect(captionOf(one, ranking(one, 2, null), 1797)).toBe("Mean |SHAP value| in log-odds, 500 rows sampled of 1,797. The other 3 features together: 0.45. Computed in 2.1 s (tree contributions, 100 background rows).");
    expect(captionOf(importance({ n_rows: 1797, n_background: 0, method: "" }), ranking(one, 9, 1), 1797)).toContain("1,797 rows. 2 more features. Computed in 2.1 s.");
  });
  test("bars are a table; slider and class change it", () => {
    const { view } = opened(state([done(0, 0.9)], {}, { importance: [importance()] }));
    expect(lines(view.node)).toEqual(["a0.5", "b0.3", "c0.2"]);
    const slider = find<HTMLInputElement>(view.node, "input[type=range]"), choice = find<HTMLSelectElement>(view.node, "select");
    slider.value = "1";
    slider.dispatchEvent(new Event("input"));
    expect(lines(view.node)).toEqual(["a0.5"]);
    expect([...choice.options].map((one) => one.textContent)).toEqual(["all classes", "no", "yes"]);
    choice.value = "0";
    choice.dispatchEvent(new Event("change"));
    expect(lines(view.node)).toEqual(["b0.4"]);
    expect(find(view.node, "tbody i").style.width).toBe("50%");
  });
  test("without classes there is no choice of one", () => {
    const { view } = opened(state([done(0, 0.9)], {}, { importance: [importance({ classes: [], per_class: [] })] }));
    expect(find(view.node, "label").hidden).toBe(true);
  });
  test("not computed: a button that sends the command and becomes progress", () => {
    const app = state([done(0, 0.9)]), { heard, button, view, show } = opened(app);
    button.click();
    expect(heard.of("command")).toEqual([{ kind: "command", command: { kind: "explain", iteration: 0 } }]);
    const words = (): string => find(view.node, ".progress").textContent ?? "";
    show({ ...app, pending: new Map([["explain:0", "sent"]]) });
    expect([button.hidden, words()]).toEqual([true, "Asking for the explanation…"]);
    show({ ...app, pending: new Map([["explain:0", "queued"]]) });
    expect(words()).toContain("Queued");
    show({ ...app, model: model([done(0, 0.9)], { importance: [importance({ state: "running" })] }) });
    expect(words()).toBe("Explaining iteration 0…");
  });
  test("it says why it failed, and can be tried again", () => {
    const { view, button } = opened(state([done(0, 0.9)], {}, { importance: [importance({ state: "failed", reason: "Time limit reached." })] }));
    expect(find(view.node, ".err").textContent).toBe("It could not be computed. Time limit reached.");
    expect(button.textContent).toBe("Try again");
  });
  test("no model, no button; no kernel, a button that says why", () => {
    expect(opened(state([failed(0)])).button.hidden).toBe(true);
    expect(opened(state([running(0)])).button.hidden).toBe(true);
    const { button, heard } = opened(state([done(0, 0.9)], { connection: { kind: "disconnected", since: 0 } }));
    button.click();
    expect(button.getAttribute("aria-disabled")).toBe("true");
    expect(heard.actions).toEqual([]);
  });
});

describe("code", () => {
  const opened = (app: AppState, artifact: Artifact, insert?: (source: string) => void) => {
    const heard = ear(), files = { get: () => artifact, retry: vi.fn() }, view = codeTab(heard.send, files, insert, signal);
    const one = app.model.rows.get(app.selected ?? -1);
    if (one) view.update({ app, row: one });
    return { heard, view, files, blocks: [...view.node.querySelectorAll<HTMLElement>("section")] };
  };

  test("loads the model of that iteration", () => {
    const code = loadCode(model([], { facts: { experiment: 'my "best"' } }), done(11, 0.9));
    expect(code).toContain('experiment = Experiment(ws, "my \\"best\\"")\nrun = AutoMLRun(experiment, "AutoML_1")\n_, model = run.get_output(iteration=11)');
  });
  test("a name cannot break out of its quotes, nor hide in them", () => {
    expect(quoted('a"\n\\\u202e')).toBe('"a\\"\\u000a\\\\\\u202e"');
  });
  test("both blocks copy what they show", () => {
    const { heard, blocks } = opened(state([done(3, 0.9)]), { kind: "text", text: "import sklearn\n" });
    expect(blocks.map((block) => find(block, "h4").firstChild?.textContent)).toEqual(["Load the fitted model", "Rebuild with scikit-learn"]);
    for (const block of blocks) find(block, "button").click();
    expect(heard.of("copy").map((one) => one.text)).toEqual([expect.stringContaining("get_output(iteration=3)"), "import sklearn\n"]);
    expect(find(blocks[1] as HTMLElement, "button").textContent).toBe("Copied");
  });
  test("a cell can be inserted where the host can", () => {
    const insert = vi.fn(), { blocks } = opened(state([done(3, 0.9)]), { kind: "text", text: "x = 1\n" }, insert);
    find(blocks[1] as HTMLElement, "[title^=Insert]").click();
    expect(insert).toHaveBeenCalledWith("x = 1\n");
  });
  test("it says why there is nothing, and asks again", () => {
    const { view, files } = opened(state([failed(0)]), { kind: "problem", reason: "The file is not on disk." });
    expect(view.node.textContent).toContain("No fitted model: the iteration ended without a score.");
    expect(view.node.textContent).toContain("The script cannot be read. The file is not on disk.");
    [...view.node.querySelectorAll("button")].find((one) => one.textContent === "Try again")?.click();
    expect(files.retry).toHaveBeenCalledWith(0, "code.py");
    expect(opened(state([running(0)]), { kind: "loading" }).view.node.textContent).toContain("The script is written when the iteration ends.");
  });
  test("colouring loses no character", () => {
    const source = '# note "x"\nfrom a import b  # c\nx = \'it\\\'s\' + f"{y}" + """two\nlines"""\nis_for = importer.import_(None)\n"open\n';
    const tokens = tokensOf(source);
    expect(tokens.map((token) => token.text).join("")).toBe(source);
    expect(tokens.filter((token) => token.kind === "k").map((token) => token.text)).toEqual(["from", "import", "None"]);
    expect(tokens.filter((token) => token.kind === "c").map((token) => token.text)).toEqual(['# note "x"', "# c"]);
    expect(tokens.filter((token) => token.kind === "s").map((token) => token.text)).toEqual(["'it\\'s'", 'f"{y}"', '"""two\nlines"""', '"open']);
  });
});

describe("diagram", () => {
  const one = model([done(0, 0.9, { pre: "PCA", alg: "KNN" }), done(1, 0.8)]);
  test("comes from the row, or from pipeline.json where it can be read", () => {
    const titles = (file: string | null): string[] => diagramOf(one, done(0, 0.9), file).columns.flat().map((box) => `${box.title}/${box.detail}/${box.look}`);
    expect(titles(null)).toEqual(["data/64 columns/data", "MaxAbsScaler//step", "LightGBM/10 classes/model"]);
    expect(titles('{"columns": [{"title": "data", "detail": "61 numeric"}, [{"title": "A"}, {"title": "B"}], {"title": "M"}]}')).toEqual(["data/61 numeric/data", "A//step", "B//step", "M//model"]);
  });
  test.each(["", "[]", "null", '{"columns": 3, "members": "x", "model": 7}', '{"columns": [null, {"title": 4}]}'])("a file that says %s changes nothing", (file) => {
    expect(diagramOf(one, done(0, 0.9), file).columns.flat()).toHaveLength(3);
  });
  test("an ensemble has its members by weight, named as their rows", () => {
    const both = row(5, { state: "completed", score: 0.95, alg: "VotingEnsemble", pre: "", origin: "ensemble", members: [{ i: 0, weight: 0.3 }, { i: 9, weight: 0.7 }] });
    expect(diagramOf(one, both, null).members.map((member) => [member.i, member.alg])).toEqual([[9, "iteration 9"], [0, "KNN"]]);
    expect(parsed('{"members": [{"i": 0, "name": "PCA KNN", "weight": 1}], "model": {"title": "Voting", "detail": "1 of 2"}}')).toMatchObject({ members: [{ i: 0, alg: "PCA KNN" }], model: { detail: "1 of 2" } });
  });
  test("a click on a member opens its row; six are shown", () => {
    const heard = ear(), many = row(5, { alg: "VotingEnsemble", pre: "", origin: "ensemble", members: Array.from({ length: 9 }, (_, i) => ({ i, weight: (9 - i) / 45 })) });
    const node = drawn(diagramOf(one, many, null), heard.send, signal);
    expect(node.querySelectorAll(".member")).toHaveLength(6);
    expect(find(node, ".more").textContent).toBe("+ 3 more");
    find(node, ".member").click();
    expect(heard.of("select")).toEqual([{ kind: "select", iteration: 0 }]);
  });
  test("five columns are shown, the last among them", () => {
    const columns = Array.from({ length: 8 }, (_, i) => ({ title: `s${i}` }));
    const node = drawn(diagramOf(one, done(0, 0.9), JSON.stringify({ columns })), ear().send, signal);
    expect([...node.querySelectorAll("b")].map((box) => box.textContent)).toEqual(["s0", "s1", "s2", "s3", "s7"]);
    expect(find(node, ".more").textContent).toBe("+ 3 more");
    expect(node.getAttribute("aria-label")).toContain("s0 to s1");
  });
});
