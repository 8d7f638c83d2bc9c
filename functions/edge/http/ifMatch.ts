import type { APIGatewayProxyEvent } from "aws-lambda";
import { Failure } from "#shared/platform/failure.ts";
import type { ExpectedVersions } from "#shared/platform/version.ts";
import type { Route } from "#shared/routes/route.ts";
import { header } from "./request.ts";

const tagsMax = 20;
/** An entity tag. RFC 9110, 8.8.3. */
const tag = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;

/**
 * The versions in the header `If-Match`; `undefined` without the header, and for `*`, because a
 * resource that does not exist is `not_found` anyway. A weak tag matches no version: the comparison
 * is strong. RFC 9110, 13.1.1. Fails with `invalid_request` for another text, and for a change of a
 * route without versions: it would be made whatever the version is.
 */
export const readIfMatch = (
  event: APIGatewayProxyEvent,
  { versioned, method }: Pick<Route, "versioned" | "method">,
): ExpectedVersions => {
  const given = header(event, "if-match")?.trim();
  if (given === undefined || method === "GET") return undefined;
  if (versioned === undefined) throw refusal("this request has no version to compare: omit it");
  if (given === "*") return undefined;
  const tags = given.split(",").map((one) => one.trim());
  if (tags.length > tagsMax || !tags.every((one) => tag.test(one))) {
    throw refusal('must be the ETag of the resource, in quotation marks, for example "r3", or *');
  }
  return new Set(tags.filter((one) => one.startsWith('"')).map((one) => one.slice(1, -1)));
};

const refusal = (why: string): Failure =>
  new Failure(`If-Match: ${why}`, { code: "invalid_request" });
