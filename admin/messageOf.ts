import { InvocationError } from "./invocationError.ts";
import { UsageError } from "./usageError.ts";

const nowhere =
  "No cloud is given: use --state DIR for a cloud on this machine, or AWS credentials and --region NAME for one in AWS.";

/** Errors of the AWS SDK without a region or credentials. */
const isNowhere = ({ name, message }: Error): boolean =>
  name === "CredentialsProviderError" || message.includes("Region is missing");

/** One line for the user: what is wrong, and what to do. */
export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError || error instanceof InvocationError) return error.message;
  if (isNowhere(error)) return nowhere;
  if ("code" in error && error.code === "ECONNREFUSED") {
    return "The cloud does not respond: it is not running, or uses another --state folder.";
  }
  const [first = ""] = (error.message || error.name).split("\n");
  return error.name === "Error" || first.startsWith(error.name) ? first : `${error.name}: ${first}`;
};
