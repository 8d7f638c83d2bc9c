import type { ApiRequest } from "../../api/apiRequest.ts";
import { integrationPath } from "../../api/fleet.ts";
import type { AttemptBody } from "../../api/replies.ts";

/** A page of attempts, newest first. */
export interface AttemptPage {
  readonly attempts: readonly AttemptBody[];
  /** Of the next page; absent on the last page. */
  readonly cursor?: string;
}

/** The request for attempts of an integration. */
export const attemptsRequest = (
  integration: string,
  query: NonNullable<ApiRequest["query"]>,
): ApiRequest => ({ method: "GET", path: integrationPath(integration, "/attempts"), query });

/** The part of a URL that identifies an attempt. */
export const attemptKey = ({ delivery, attempt }: AttemptBody): string => `${delivery}.${attempt}`;

/** The delivery of an attempt's key. */
export const deliveryOf = (key: string): string => key.slice(0, key.lastIndexOf("."));
