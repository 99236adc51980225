/** Does something at most once in a while: the first time at once, the last time never forgotten. */

export interface Pace { soon(): void; now(): void }

export function paced(act: () => void, gapMs: number, signal: AbortSignal): Pace {
  let last = -Infinity, timer: ReturnType<typeof setTimeout> | null = null;
  const clear = (): void => { if (timer !== null) clearTimeout(timer); timer = null; };
  const now = (): void => {
    clear();
    if (signal.aborted) return;
    last = performance.now();
    act();
  };
  signal.addEventListener("abort", clear, { once: true });
  return {
    now,
    soon() {
      if (timer !== null) return;
      const wait = last + gapMs - performance.now();
      if (wait <= 0) now(); else timer = setTimeout(now, wait);
    },
  };
}
