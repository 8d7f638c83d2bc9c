import { RestFailure } from "../../http/restFailure.ts";

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html */
export const validationError = (message: string): RestFailure =>
  new RestFailure(message, { status: 400, code: "ValidationError" });

export const invalidParameter = (message: string): RestFailure =>
  new RestFailure(message, { status: 400, code: "InvalidParameterValue" });

export const notFound = (message: string): RestFailure =>
  new RestFailure(message, { status: 404, code: "ResourceNotFound" });

export const invalidToken = (): RestFailure =>
  new RestFailure("The NextToken is not valid.", { status: 400, code: "InvalidNextToken" });

export const unknownOperation = (operation: string): RestFailure =>
  new RestFailure(`The operation ${operation} is not supported here.`, {
    status: 400,
    code: "InvalidAction",
  });
