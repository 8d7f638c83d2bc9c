import type { Context } from "../policy/pattern.ts";

/** An action on a resource that a request needs. */
export interface Permission {
  /** As in the Service Authorization Reference: `dynamodb:GetItem`. */
  readonly action: string;
  /** The ARN, or `*` for an action without resource types. */
  readonly resource: string;
  /** Values of the request that conditions can refer to, by key in lower case. */
  readonly context?: Context;
}

/** Where a service's resources are: the first part of their ARNs. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

/** A request whose permissions are unknown. It is a gap of this folder, not of a policy. */
export class UnknownAction extends Error {
  override readonly name = "UnknownAction";

  constructor(service: string, operation: string) {
    super(
      `the permissions of ${service} ${operation} are not known here: add them to local/iam/permission`,
    );
  }
}

/** The member of a request's input, if it is a text; otherwise the empty text. */
export const textMember = (input: unknown, name: string): string => {
  if (typeof input !== "object" || input === null || !(name in input)) return "";
  const value: unknown = Reflect.get(input, name);
  return typeof value === "string" ? value : "";
};

/** The member of a request's input as a list of its values; empty if it is neither. */
export const listMember = (input: unknown, name: string): readonly unknown[] => {
  const value = member(input, name);
  return Array.isArray(value) ? value : [];
};

/** The names of the members of a request's member. */
export const namesMember = (input: unknown, name: string): readonly string[] => {
  const value = member(input, name);
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
};

/** A member of a request's input. */
export const member = (input: unknown, name: string): unknown =>
  typeof input === "object" && input !== null ? Reflect.get(input, name) : undefined;
