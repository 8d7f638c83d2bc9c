import * as z from "zod";
import { scopes } from "../../api/scopes.ts";

/** Scopes as a list, or as text with spaces (RFC 6749) or commas. At least one is required. */
export const scopeList = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(/[\s,]+/))])
  .pipe(z.array(z.enum(scopes)).min(1))
  .transform((named) => [...new Set(named)]);
