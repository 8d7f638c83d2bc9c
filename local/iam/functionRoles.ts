import type { Credentials } from "../http/signature.ts";
import type { FunctionConfig } from "../lambda/function/functionConfig.ts";
import type { Log } from "../platform/log.ts";
import { StartError } from "../start/startError.ts";
import type { Access } from "./access.ts";
import type { Iam } from "./iam.ts";
import { authorizeMapping, authorizeService, mayLog } from "./serviceRole.ts";

interface FunctionRoleDeps {
  readonly iam: Iam;
  readonly access: Access;
  readonly account: string;
  readonly log: Log;
}

/** What Lambda does with the roles of functions. */
interface FunctionRoles {
  /** The credentials of a function. Without a role, it has the account owner's. */
  credentialsOf(config: FunctionConfig): Credentials | undefined;
  /** Called before the functions start. Fails with a `StartError` when Lambda refuses a role. */
  checkFunction(config: FunctionConfig): void;
  /** The same for an event source mapping. */
  checkMapping(config: FunctionConfig, queueArn: string): void;
}

export const functionRoles = ({ iam, access, account, log }: FunctionRoleDeps): FunctionRoles => ({
  credentialsOf: ({ role, name }) =>
    role === undefined ? undefined : iam.credentialsOf(role, name),
  checkFunction({ arn, name, region, role: roleArn, logGroup }) {
    if (roleArn === undefined) return;
    const service = { service: "lambda.amazonaws.com", sourceArn: arn, account };
    orStop(() => authorizeService({ access, roleArn, ...service }, []));
    if (logGroup === undefined || mayLog(access, { roleArn, logGroup, region, account })) return;
    log("the role of a function does not let it write its log", { function: name }, "warn");
  },
  checkMapping({ role: roleArn }, queueArn) {
    if (roleArn !== undefined) orStop(() => authorizeMapping(access, { roleArn, queueArn }));
  },
});

const orStop = (check: () => void): void => {
  try {
    check();
  } catch (cause) {
    throw new StartError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
};
