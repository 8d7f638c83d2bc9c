import * as z from "zod/mini";
import { parseJson } from "../../shared/platform/parseJson.ts";
import { excerpt } from "../../shared/platform/visibleText.ts";
import { CommandError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";

/** The body of an error: docs/api.md, "Requests and errors". */
const errorBody = z.object({
  error: z.optional(z.string()),
  error_description: z.optional(z.string()),
  info: z.optional(z.string()),
  message: z.optional(z.string()),
  mfa_token: z.optional(z.string()),
});

/** A refusal of the API. */
export class CloudError extends CommandError {
  readonly status: number;
  /** The API's name of the error. */
  readonly code: string;
  /** Proves the correct password while the second factor is missing. */
  readonly mfaToken: string | undefined;

  constructor(
    message: string,
    {
      status,
      code,
      mfaToken,
      exit,
    }: { status: number; code: string; mfaToken?: string | undefined; exit: number },
  ) {
    super(message, { exit });
    this.status = status;
    this.code = code;
    this.mfaToken = mfaToken;
  }
}

const messageCharsMax = 2_000;

/** The failure of a reply that is not a success, with the next step. */
export const errorFrom = (
  status: number,
  { text, headers, api }: { text: string; headers: Headers; api: string },
): CloudError => {
  const { success, data } = errorBody.safeParse(parseJson(text));
  if (!success) {
    const message = `${api} answered ${status} without the API's error. Is this the address of the API?`;
    return new CloudError(message, { status, code: "", exit: exitOf(status) });
  }
  const code = data.error ?? "";
  const said = excerpt(
    data.error_description ?? data.info ?? data.message ?? code,
    messageCharsMax,
  );
  const message = `${sentence(said === "" ? `The API answered ${status}` : said)}${nextStep(status, code, headers)}`;
  return new CloudError(message, { status, code, mfaToken: data.mfa_token, exit: exitOf(status) });
};

const exitOf = (status: number): number => {
  if (status === 401) return exits.signIn;
  if (status === 404) return exits.notFound;
  if (status === 429 || status >= 500) return exits.unavailable;
  return exits.failed;
};

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

const nextStep = (status: number, code: string, headers: Headers): string => {
  if (status === 401) return " Sign in: godwit login";
  if (code === "integration_disabled") return " Enable it: godwit integrations enable ID";
  const seconds = /^\d{1,9}$/.exec(headers.get("retry-after") ?? "")?.[0];
  return seconds === undefined ? "" : ` Try again in ${seconds} s.`;
};
