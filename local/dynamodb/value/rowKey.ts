import type { KeyBytes } from "./keys.ts";

/** A key as text: the same in every region, and different for each key of a table. */
export const rowKeyOf = ({ pk, sk }: KeyBytes): string =>
  `${pk.toString("base64url")}.${sk.toString("base64url")}`;

/** The key of such a text. */
export const parseRowKey = (text: string): KeyBytes => {
  const [pk = "", sk = ""] = text.split(".");
  return { pk: Buffer.from(pk, "base64url"), sk: Buffer.from(sk, "base64url") };
};
