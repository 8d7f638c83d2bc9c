import { createGodwitClient, type GodwitClient } from "../../../client/client.ts";
import { CommandError, usageError } from "../../line/commandError.ts";
import { exits } from "../../line/exit.ts";
import { cloudFetch, type FetchOptions } from "../cloudFetch.ts";

/** The typed client of the API, whose requests fail with a `CommandError`. */
export const openClient = (options: FetchOptions): GodwitClient =>
  createGodwitClient({ url: options.api, fetch: cloudFetch(options) });

/** The body of a reply. `cloudFetch` has failed unless it is a success. */
export const bodyOf = async <Body>(reply: Promise<{ readonly data?: Body }>): Promise<Body> => {
  const { data } = await reply;
  if (data === undefined) throw unexpected();
  return data;
};

/** A reply in another form than the request has asked for. */
export const unexpected = (): CommandError =>
  new CommandError("The API answered in a form that this version of godwit does not know.", {
    exit: exits.failed,
  });

/** Refuses a name or an id that would change the path of a request. */
export const pathPart = (text: string): string => {
  if (text !== "" && text !== "." && text !== "..") return text;
  throw usageError(`${text === "" ? "An empty text" : text} is no name and no id.`);
};
