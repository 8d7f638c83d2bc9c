import type * as z from "zod/mini";
import type { Kind } from "./kind.ts";
import { type KindName, kinds } from "./kinds.ts";

type Settings = { [Name in KindName]: z.output<(typeof kinds)[Name]["settings"]> };

const table: { readonly [Name in KindName]: Kind<Settings[Name]> } = kinds;

/** What an integration's kind knows and does. */
export const kindOf = <Name extends KindName>({
  kind,
}: {
  readonly kind: Name;
}): Kind<Settings[Name]> => table[kind];
