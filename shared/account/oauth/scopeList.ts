import * as z from "zod/mini";
import { type Scope, scopes } from "../../api/scopes.ts";

/** Scopes as a list, or as text with spaces (RFC 6749) or commas. At least one is required. */
export const scopeList = z.pipe(
  z.pipe(
    z.union([
      z.array(z.string()),
      z.pipe(
        z.string(),
        z.transform((text: string) => text.split(/[\s,]+/)),
      ),
    ]),
    z.array(z.enum(scopes)).check(z.minLength(1)),
  ),
  z.transform((named: Scope[]) => [...new Set(named)]),
);
