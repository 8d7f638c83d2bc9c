import * as z from "zod";

const page = z.object({ rows: z.array(z.looseObject({})), next: z.string().optional() });

/** Maximum pages that a command reads. */
const pagesMax = 1_000;

/** Reads all pages of a list. */
export const pages = async (
  ask: (after: string | undefined) => Promise<unknown>,
): Promise<object[]> => {
  const rows: object[] = [];
  let after: string | undefined;
  for (let read = 0; read < pagesMax; read += 1) {
    const found = page.parse(await ask(after));
    rows.push(...found.rows);
    after = found.next;
    if (after === undefined) return rows;
  }
  return rows;
};
