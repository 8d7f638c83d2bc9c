import {
  listMember,
  type Permission,
  type Place,
  textMember,
  UnknownAction,
} from "./permission.ts";

/** The ARN of a parameter. A leading slash of the name is part of the ARN's path. */
export const parameterArn = ({ region, account }: Place, name: string): string =>
  `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, "")}`;

const onName: ReadonlySet<string> = new Set(["GetParameter", "PutParameter", "DeleteParameter"]);

/**
 * The permissions that an operation of Parameter Store needs.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
 */
export const ssmPermissions =
  (place: Place) =>
  (operation: string, input: unknown): Permission[] => {
    const action = `ssm:${operation}`;
    if (onName.has(operation)) {
      return [{ action, resource: parameterArn(place, textMember(input, "Name")) }];
    }
    if (operation !== "GetParameters") throw new UnknownAction("SSM", operation);
    return listMember(input, "Names").map((name) => ({
      action,
      resource: parameterArn(place, String(name)),
    }));
  };
