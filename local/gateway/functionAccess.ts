import type { Access } from "../iam/access.ts";
import { mayInvoke } from "../iam/serviceRole.ts";
import type { Api } from "./api.ts";
import { GatewayError } from "./gatewayError.ts";

/** Fails with a `GatewayError` unless a function's policy lets a method invoke it. */
export type AuthorizeInvocation = (
  functionArn: string,
  route: { readonly method: string; readonly path: string },
) => void;

/** Checks the policies of functions. The decision about a method is made once. */
export const functionAccess = (
  access: Access | undefined,
  { api, region }: { api: Api; region: string },
): AuthorizeInvocation => {
  const allowed = new Set<string>();
  return (functionArn, { method, path }) => {
    const route = `${method}${path} ${functionArn}`;
    if (allowed.has(route)) return;
    const { account, id, stage } = api;
    const sourceArn = `arn:aws:execute-api:${region}:${account}:${id}/${stage}/${method}${path}`;
    const source = { service: "apigateway.amazonaws.com", sourceArn, account };
    if (!mayInvoke(access, { functionArn, ...source })) {
      const cause = new Error(`Invalid permissions on Lambda function ${functionArn}`);
      throw new GatewayError("notPermitted", { cause });
    }
    allowed.add(route);
  };
};
