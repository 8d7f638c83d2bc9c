import { RestFailure } from "../http/restFailure.ts";

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors */
export const snsFailure = (code: string, message: string, status = 400): RestFailure =>
  new RestFailure(message, { status, code });

export const invalidParameter = (message: string): RestFailure =>
  snsFailure("InvalidParameter", `Invalid parameter: ${message}`);

export const topicNotFound = (): RestFailure => snsFailure("NotFound", "Topic does not exist", 404);

export const subscriptionNotFound = (): RestFailure =>
  snsFailure("NotFound", "Subscription does not exist", 404);

export const denied = (action: string, resource: string): RestFailure =>
  snsFailure(
    "AuthorizationError",
    `User is not authorized to perform: ${action} on resource: ${resource}`,
    403,
  );
