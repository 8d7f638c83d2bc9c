import * as z from "zod";
import { scopes } from "../../api/scopes.ts";

/** The scopes that a client names: as a list, or as RFC 6749 has it, with spaces. None is none too few. */
export const scopeList = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(/[\s,]+/))])
  .pipe(z.array(z.enum(scopes)).min(1))
  .transform((named) => [...new Set(named)]);
