import type { Product } from "../cloud/bodies.ts";
import type { Command } from "../line/command.ts";
import type { Column } from "../terminal/table.ts";

const columns: readonly Column<Product>[] = [
  { title: "NUMBER", of: ({ id }) => id, align: "right" },
  { title: "SLUG", of: ({ slug }) => slug },
  { title: "NAME", of: ({ name }) => name },
  { title: "ROLE", of: ({ role }) => role },
  { title: "DESCRIPTION", of: ({ description }) => description },
];

const list: Command = {
  words: "products list",
  summary: "list your products: their numbers are those of --product",
  arguments: [],
  options: {},
  async run(_, { cloud, out }) {
    const products = await (await cloud()).listProducts();
    out.rows(products, columns, "You have no products. The console creates them.");
    return undefined;
  },
};

/** The commands on products. */
export const productCommands: readonly Command[] = [list];
