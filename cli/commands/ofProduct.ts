import type { ProductCloud } from "../cloud/cloud.ts";
import type { CommandDeps, Input } from "../line/command.ts";

/** The product of a command that has `needsProduct`. */
export const productOf = (input: Input): string => input.text("product") ?? "";

/** The operations on the product of a command that has `needsProduct`. */
export const ofProduct = async (
  input: Input,
  { cloud }: Pick<CommandDeps, "cloud">,
): Promise<ProductCloud> => (await cloud()).ofProduct(productOf(input));
