/** Python source in pieces for light colouring: comments, texts, key words; all else as it is. Pure. */

/** `c` comment, `s` text, `k` key word. The texts of all tokens together are the source. */
export interface Token { kind: "c" | "s" | "k" | null; text: string }

const KEYWORDS = "False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield";
const TEXT = `[rbfuRBFU]{0,2}(?:"""[\\s\\S]*?(?:"""|$)|'''[\\s\\S]*?(?:'''|$)|"(?:\\\\.|[^"\\\\\\n])*"?|'(?:\\\\.|[^'\\\\\\n])*'?)`;
const PIECE = new RegExp(`(#[^\\n]*)|((?<![\\w])${TEXT})|((?<![\\w.])(?:${KEYWORDS})(?!\\w))`, "g");

export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (const match of source.matchAll(PIECE)) {
    if (match.index > at) tokens.push({ kind: null, text: source.slice(at, match.index) });
    tokens.push({ kind: match[1] !== undefined ? "c" : match[2] !== undefined ? "s" : "k", text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < source.length) tokens.push({ kind: null, text: source.slice(at) });
  return tokens;
}
