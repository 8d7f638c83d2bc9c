import type * as z from "zod";
import type { AccessData } from "./accessData.ts";
import { AccessDenied } from "./accessDenied.ts";
import { decisionsMax } from "./limits.ts";
import type { Permission } from "./permission/permission.ts";
import { resourcePolicy, rolePolicy, type Statement } from "./policy/document.ts";
import { type Decision, evaluate, type Principal } from "./policy/evaluate.ts";
import type { Context } from "./policy/pattern.ts";

/** The access keys of one start: who may call the services of this cloud. */
export interface AccessKeys {
  /** The secret of a role's access key; `undefined` for an unknown one. */
  secretOf(accessKeyId: string): string | undefined;
}

/** Decides about requests by the policies of roles and resources. */
export interface Access extends AccessKeys {
  /** Replaces all roles and policies. Fails when a policy has an unknown element. */
  set(data: AccessData): void;
  /**
   * Fails with an `AccessDenied` unless the role has all permissions. `roleKey` is the access key
   * of a role; without one, the request is the account's owner's, who may do everything.
   */
  authorize(roleKey: string | undefined, permissions: readonly Permission[]): void;
  /** The same as a decision. */
  isAllowed(roleKey: string | undefined, permissions: readonly Permission[]): boolean;
  /** Fails with an `AccessDenied` unless the role with this ARN has a permission. */
  authorizeRole(roleArn: string, permission: Permission): void;
  /** Whether the policy of a resource allows a service of AWS an action. */
  allowsService(service: string, permission: Permission): boolean;
}

interface Role {
  readonly data: AccessData["roles"][number];
  readonly principal: Principal;
  readonly statements: readonly Statement[];
  /** The decisions about requests without a context of their own, by action and resource. */
  readonly decisions: Map<string, Map<string, Decision>>;
}

interface Rules {
  readonly account: string;
  readonly byKey: ReadonlyMap<string, Role>;
  readonly byArn: ReadonlyMap<string, Role>;
  readonly resources: ReadonlyMap<string, readonly Statement[]>;
}

const nothing: Rules = {
  account: "",
  byKey: new Map(),
  byArn: new Map(),
  resources: new Map(),
};

/** Opens access without roles: only the account's owner may call then. */
export const openAccess = (): Access => {
  let rules = nothing;
  const decide = (role: Role, permission: Permission): Decision =>
    decideFor(role, permission, rules);
  const require = (role: Role, permission: Permission): void => {
    const decision = decide(role, permission);
    if (!decision.isAllowed) throw denial(role, permission, decision.reason);
  };
  const roleOf = (roleKey: string): Role => {
    const found = rules.byKey.get(roleKey);
    if (found === undefined) throw new Error(`the access key ${roleKey} has no role`);
    return found;
  };
  return {
    secretOf: (accessKeyId) => rules.byKey.get(accessKeyId)?.data.secretAccessKey,
    set(data) {
      rules = rulesOf(data);
    },
    authorize(roleKey, permissions) {
      if (roleKey === undefined) return;
      const role = roleOf(roleKey);
      for (const permission of permissions) require(role, permission);
    },
    isAllowed(roleKey, permissions) {
      if (roleKey === undefined) return true;
      const role = roleOf(roleKey);
      return permissions.every((permission) => decide(role, permission).isAllowed);
    },
    authorizeRole(roleArn, permission) {
      const role = rules.byArn.get(roleArn);
      if (role === undefined) throw new Error(`the role ${roleArn} does not exist`);
      require(role, permission);
    },
    allowsService(service, { action, resource, context = {} }) {
      const request = {
        principal: { kind: "service", name: service } as const,
        action,
        resource,
        context: { ...connection, ...context },
      };
      const policies = { identity: [], resource: resourceStatements(resource, rules) };
      return evaluate(request, policies).isAllowed;
    },
  };
};

/** Requests within this machine count as encrypted: on AWS they would be. */
const connection: Context = { "aws:securetransport": "true" };

const rulesOf = ({ account, roles, resources }: AccessData): Rules => {
  const compiled = roles.map((data): Role => {
    const principal = { kind: "role", arn: data.arn, account } as const;
    const statements = data.policies.flatMap((each) => parsed(rolePolicy, each, data.arn));
    return { data, principal, statements, decisions: new Map() };
  });
  return {
    account,
    byKey: new Map(compiled.map((role) => [role.data.accessKeyId, role])),
    byArn: new Map(compiled.map((role) => [role.data.arn, role])),
    resources: new Map(
      resources.map(({ arn, policies }) => [
        arn,
        policies.flatMap((each) => parsed(resourcePolicy, each, arn)),
      ]),
    ),
  };
};

const parsed = <Schema extends z.ZodType<Statement[]>>(
  schema: Schema,
  policy: unknown,
  owner: string,
): Statement[] => {
  const result = schema.safeParse(policy);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`the policy of ${owner}: ${[...(issue?.path ?? []), issue?.message].join(": ")}`);
};

/** The decision for a permission, cached unless the request has a context of its own. */
const decideFor = (role: Role, permission: Permission, rules: Rules): Decision => {
  const { action, resource, context } = permission;
  if (context !== undefined) return evaluateFor(role, permission, rules);
  const known = role.decisions.get(action)?.get(resource);
  if (known !== undefined) return known;
  const decision = evaluateFor(role, permission, rules);
  let decisions = role.decisions.get(action);
  if (decisions === undefined || decisions.size >= decisionsMax) {
    decisions = new Map();
    role.decisions.set(action, decisions);
  }
  decisions.set(resource, decision);
  return decision;
};

const evaluateFor = (role: Role, permission: Permission, rules: Rules): Decision => {
  const { action, resource, context } = permission;
  const [, , , region = ""] = resource.split(":");
  const request = {
    principal: role.principal,
    action,
    resource,
    context: {
      ...connection,
      "aws:principalarn": role.data.arn,
      "aws:principalaccount": rules.account,
      "aws:resourceaccount": rules.account,
      "aws:requestedregion": region === "" ? undefined : region,
      ...context,
    },
  };
  return evaluate(request, {
    identity: role.statements,
    resource: resourceStatements(resource, rules),
    requiresDelegation: action.startsWith("kms:"),
  });
};

/** The policy of a resource; that of the bucket for an object. */
const resourceStatements = (arn: string, { resources }: Rules): readonly Statement[] => {
  const owner = arn.startsWith("arn:aws:s3:::") ? (arn.split("/")[0] ?? arn) : arn;
  return resources.get(owner) ?? [];
};

const denial = (
  { data: { arn, session } }: Role,
  { action, resource }: Permission,
  reason: string,
): AccessDenied => {
  const [, , , , account = "", name = ""] = arn.split(":");
  const user = `arn:aws:sts::${account}:assumed-role/${name.replace(/^role\//, "")}/${session}`;
  return new AccessDenied({ user, action, resource, reason });
};
