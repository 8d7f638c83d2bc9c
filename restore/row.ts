import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** A row as DynamoDB writes it. It is never translated, so it comes back as it was. */
export type Row = Record<string, AttributeValue>;
