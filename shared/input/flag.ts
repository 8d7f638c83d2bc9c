import * as z from "zod/mini";
import { flagMessage } from "./describeIssue.ts";
import { documentAs } from "./documentAs.ts";

const error = (issue: { readonly input?: unknown }): string =>
  issue.input === undefined ? `is missing: it ${flagMessage}` : flagMessage;

/** A boolean. Form bodies and queries contain `true`, `false`, `1` or `0` as text. */
export const flag = documentAs(
  z.union(
    [
      z.boolean({ error }),
      z.pipe(
        z.union([z.enum(["true", "false", "1", "0"], { error }), z.literal([0, 1], { error })], {
          error,
        }),
        z.transform(
          (given: "true" | "false" | "1" | "0" | 1 | 0) =>
            String(given) === "true" || String(given) === "1",
        ),
      ),
    ],
    { error },
  ),
  { type: "boolean" },
);
