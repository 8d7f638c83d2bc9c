import type { AwsResponse } from "../http/awsRequest.ts";
import type { RestFailure } from "../http/restFailure.ts";
import { type Elements, xmlOf } from "../http/xmlText.ts";
import { AccessDenied } from "../iam/accessDenied.ts";
import { denied } from "./errors.ts";

const namespace = "http://sns.amazonaws.com/doc/2010-03-31/";

/**
 * The members of a request in the query protocol, nested by the dots of their names:
 * `Attributes.entry.1.key=a` is `{ Attributes: { entry: { "1": { key: "a" } } } }`.
 * https://docs.aws.amazon.com/sns/latest/api/CommonParameters.html
 */
export interface QueryMembers {
  readonly [name: string]: string | QueryMembers;
}

/** Reads the members of a form. A later value of a name replaces an earlier one. */
export const readQuery = (form: URLSearchParams): QueryMembers => {
  const members: Record<string, string | QueryMembers> = Object.create(null);
  for (const [name, value] of form) put(members, name.split("."), value);
  return members;
};

const put = (
  members: Record<string, string | QueryMembers>,
  [first = "", ...rest]: readonly string[],
  value: string,
): void => {
  if (rest.length === 0) {
    members[first] = value;
    return;
  }
  const known = members[first];
  const inner: Record<string, string | QueryMembers> = Object.create(null);
  if (typeof known === "object") Object.assign(inner, known);
  put(inner, rest, value);
  members[first] = inner;
};

/** The entries of a map or a list, in the order of their numbers. */
export const entriesOf = (given: string | QueryMembers | undefined): QueryMembers[] => {
  const list = typeof given === "object" ? (given.entry ?? given.member) : undefined;
  if (typeof list !== "object") return [];
  return Object.entries(list)
    .sort(([one], [other]) => Number(one) - Number(other))
    .flatMap(([, each]) => (typeof each === "object" ? [each] : []));
};

const response = (body: string, status: number): AwsResponse => ({
  status,
  headers: { "content-type": "text/xml" },
  body: `<?xml version="1.0"?>\n${body}\n`,
});

/** The response of an operation. */
export const queryResponse = (operation: string, result: Elements): AwsResponse => {
  const metadata = xmlOf({ ResponseMetadata: { RequestId: crypto.randomUUID() } });
  const content = `${xmlOf({ [`${operation}Result`]: result })}${metadata}`;
  return response(
    `<${operation}Response xmlns="${namespace}">${content}</${operation}Response>`,
    200,
  );
};

/** A failure as SNS sends it. */
export const queryError = (failure: RestFailure): AwsResponse => {
  const { status, code, message } = failure instanceof AccessDenied ? deniedOf(failure) : failure;
  const Type = status < 500 ? "Sender" : "Receiver";
  const content = xmlOf({
    Error: { Type, Code: code, Message: message },
    RequestId: crypto.randomUUID(),
  });
  return response(`<ErrorResponse xmlns="${namespace}">${content}</ErrorResponse>`, status);
};

const deniedOf = ({ denial: { action, resource } }: AccessDenied): RestFailure =>
  denied(action, resource);
