import type { Stack } from "aws-cdk-lib";
import { Alarm, type IAlarm } from "aws-cdk-lib/aws-cloudwatch";
import type { IRole } from "aws-cdk-lib/aws-iam";
import { type IFunction, Function as Lambda } from "aws-cdk-lib/aws-lambda";
import { globalTableNames } from "../globalTableNames.ts";
import { Faults } from "./faults.ts";
import { inside } from "./inside.ts";

/** Resources that the drills of a region may break, and the alarms that stop a drill. */
export interface Drillable {
  /** Functions that read events and deliveries from queues. */
  readonly workers: readonly IFunction[];
  /** Functions that answer users. */
  readonly answers: readonly IFunction[];
  /** The region's replicas of the global tables, by short name. */
  readonly tables: Readonly<Record<string, string>>;
  /** The role that AWS FIS assumes. */
  readonly role: IRole;
  /** Alarms for lost or unprocessable messages. No drill may cause them. */
  readonly losses: readonly IAlarm[];
}

/**
 * Prepares resources of a region's stack for fault injection. Never the function `stream`: the
 * extension of AWS FIS would disable its response streaming.
 */
export const drillable = (region: Stack): Drillable => {
  const workers = ["Pipeline/route", "Pipeline/deliver"].map((path) => lambda(region, path));
  const answers = ["Service/publish", "Service/call"].map((path) => lambda(region, path));
  const tables = tablesOf(region);
  const functions = [...workers, ...answers];
  const { role } = new Faults(region, "Faults", { functions, tables: Object.values(tables) });
  const losses = [
    "Pipeline/Records/Missing",
    "Pipeline/Events/DeadLettersWait",
    "Pipeline/Deliveries/DeadLettered",
  ].map((path) => alarm(region, path));
  return { workers, answers, tables, role, losses };
};

const tablesOf = ({ partition, region, account }: Stack): Record<string, string> =>
  Object.fromEntries(
    Object.entries(globalTableNames).map(([name, table]) => [
      name,
      `arn:${partition}:dynamodb:${region}:${account}:table/${table}`,
    ]),
  );

const lambda = (region: Stack, path: string): Lambda => {
  const found = inside(region, path);
  if (found instanceof Lambda) return found;
  throw new Error(`${path} is no function`);
};

const alarm = (region: Stack, path: string): Alarm => {
  const found = inside(region, path);
  if (found instanceof Alarm) return found;
  throw new Error(`${path} is no alarm`);
};
