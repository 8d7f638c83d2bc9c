import * as z from "zod";

/** A policy as a template has it. It is parsed where it is evaluated. */
const policy = z.unknown();

const role = z.object({
  arn: z.string(),
  /** The access key of the functions that have this role. */
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  /** The name of the session in error messages: a function's name. */
  session: z.string(),
  policies: z.array(policy),
});

/** Every role of the deployment, and the policies of resources. Threads exchange it. */
export const accessData = z.object({
  account: z.string(),
  roles: z.array(role),
  /** Policies by the ARN of the resource; for a bucket also of its objects. */
  resources: z.array(z.object({ arn: z.string(), policies: z.array(policy) })),
});

export type AccessData = z.output<typeof accessData>;
