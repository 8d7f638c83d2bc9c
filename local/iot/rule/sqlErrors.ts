/** A rule's SQL, or an expression in it, is not supported here. */
export class UnsupportedSqlError extends Error {
  override readonly name = "SqlNotKnown";

  constructor(text: string, problem: string) {
    super(`the rule SQL ${JSON.stringify(text)} is not supported: ${problem}`);
  }
}
