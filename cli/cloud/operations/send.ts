import { createGodwitClient, type GodwitClient } from "../../../client/client.ts";
import { isRecord } from "../../../shared/platform/isRecord.ts";
import { CommandError, usageError } from "../../line/commandError.ts";
import { exits } from "../../line/exit.ts";
import { cloudFetch, type FetchOptions } from "../cloudFetch.ts";

/** The typed client of the API, whose requests fail with a `CommandError`. */
export const openClient = (options: FetchOptions): GodwitClient =>
  createGodwitClient({ url: options.api, fetch: cloudFetch(options) });

type FieldOf<Body> = Body extends unknown ? keyof Body & string : never;

/**
 * The body of a reply, which has these fields: another server may answer with other JSON.
 * `cloudFetch` has failed unless the reply is a success.
 */
export const bodyOf = async <Body>(
  reply: Promise<{ readonly data?: Body }>,
  ...fields: readonly [FieldOf<Body>, ...FieldOf<Body>[]]
): Promise<Body> => {
  const { data } = await reply;
  if (data === undefined || !hasFields(data, fields)) throw unexpected();
  return data;
};

/** The items of a list in a reply, each of which has these fields. */
export const itemsOf = <Item>(
  items: readonly Item[],
  ...fields: readonly [FieldOf<Item>, ...FieldOf<Item>[]]
): readonly Item[] => {
  if (!Array.isArray(items) || !items.every((item) => hasFields(item, fields))) throw unexpected();
  return items;
};

/** A part of a reply, which has these fields. */
export const partOf = <Part>(
  part: Part,
  ...fields: readonly [FieldOf<Part>, ...FieldOf<Part>[]]
): Part => {
  if (!hasFields(part, fields)) throw unexpected();
  return part;
};

const hasFields = (value: unknown, fields: readonly string[]): boolean =>
  isRecord(value) && fields.every((field) => value[field] !== undefined);

/** A reply in another form than the request has asked for. */
export const unexpected = (): CommandError =>
  new CommandError(
    "The API answered in a form that this version of godwit does not know. Is this the address of a Godwit cloud?",
    {
      exit: exits.failed,
    },
  );

/** Refuses a name or an id that would change the path of a request. */
export const pathPart = (text: string): string => {
  if (text !== "" && text !== "." && text !== "..") return text;
  throw usageError(`${text === "" ? "An empty text" : text} is no name and no id.`);
};
