import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** A row in DynamoDB JSON. It is never converted, so it is restored unchanged. */
export type Row = Record<string, AttributeValue>;
