/** Style sheets as text: js/build.mjs and vitest both know the `inline` query. */
declare module "*.css?inline" {
  const text: string;
  export default text;
}
declare module "*.css?raw" {
  const text: string;
  export default text;
}
