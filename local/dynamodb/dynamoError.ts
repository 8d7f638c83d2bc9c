/**
 * An error response of DynamoDB:
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
 */
export class DynamoError extends Error {
  override readonly name = "DynamoError";
  /** The exception name: `ConditionalCheckFailedException`. */
  readonly code: string;
  /** Further members of the response body, such as `CancellationReasons`. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.fields = fields;
  }
}

/** The request itself is invalid. */
export const validationError = (message: string): DynamoError =>
  new DynamoError("ValidationException", message);

/** A value in the request is invalid. */
export const invalidValue = (message: string): DynamoError =>
  validationError(`One or more parameter values were invalid: ${message}`);

export const tableNotFound = (message = "Requested resource not found"): DynamoError =>
  new DynamoError("ResourceNotFoundException", message);

/** A condition of a write is not met. `item` is the existing item, when the request asks for it. */
export const conditionFailed = (item?: object): DynamoError =>
  new DynamoError(
    "ConditionalCheckFailedException",
    "The conditional request failed",
    item === undefined ? {} : { Item: item },
  );

/** A member of the request has another JSON type than expected. */
export const serializationError = (message: string): DynamoError =>
  new DynamoError("SerializationException", message);
