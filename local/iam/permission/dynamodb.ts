import {
  listMember,
  member,
  namesMember,
  type Permission,
  type Place,
  textMember,
  UnknownAction,
} from "./permission.ts";

/** Operations on one table. The action has the name of the operation. */
const onTable: ReadonlySet<string> = new Set([
  "CreateTable",
  "DeleteItem",
  "DeleteTable",
  "DescribeTable",
  "DescribeTimeToLive",
  "GetItem",
  "PutItem",
  "UpdateItem",
  "UpdateTable",
  "UpdateTimeToLive",
]);

/** Operations on a table or one of its indexes. */
const onIndex: ReadonlySet<string> = new Set(["Query", "Scan"]);

/** Operations on the tables that the member `RequestItems` names. */
const onTables: ReadonlySet<string> = new Set(["BatchGetItem", "BatchWriteItem"]);

/** The action of each part of a transaction: transactions have no actions of their own. */
const transacted: Readonly<Record<string, string>> = {
  ConditionCheck: "ConditionCheckItem",
  Delete: "DeleteItem",
  Get: "GetItem",
  Put: "PutItem",
  Update: "UpdateItem",
};

/**
 * The permissions that an operation of DynamoDB needs. A table that is named by its ARN counts as
 * that table.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export const dynamodbPermissions = ({ region, account }: Place) => {
  const prefix = `arn:aws:dynamodb:${region}:${account}:table/`;
  const arn = (table: string) => (table.startsWith("arn:") ? table : `${prefix}${table}`);
  return (operation: string, input: unknown): Permission[] => {
    const action = `dynamodb:${operation}`;
    if (onTable.has(operation)) return [{ action, resource: arn(textMember(input, "TableName")) }];
    if (onIndex.has(operation)) {
      const table = arn(textMember(input, "TableName"));
      const index = textMember(input, "IndexName");
      return [{ action, resource: index === "" ? table : `${table}/index/${index}` }];
    }
    if (onTables.has(operation)) {
      return namesMember(input, "RequestItems").map((name) => ({ action, resource: arn(name) }));
    }
    if (operation === "TransactGetItems" || operation === "TransactWriteItems") {
      return listMember(input, "TransactItems").flatMap((item) =>
        Object.entries(transacted).flatMap(([part, partAction]) => {
          const given = member(item, part);
          if (given === undefined) return [];
          return [
            { action: `dynamodb:${partAction}`, resource: arn(textMember(given, "TableName")) },
          ];
        }),
      );
    }
    if (operation === "ListTables") return [{ action, resource: "*" }];
    throw new UnknownAction("DynamoDB", operation);
  };
};
