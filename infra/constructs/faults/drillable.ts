import type { Stack } from "aws-cdk-lib";
import { Alarm, type IAlarm } from "aws-cdk-lib/aws-cloudwatch";
import type { IRole } from "aws-cdk-lib/aws-iam";
import { type IFunction, Function as Lambda } from "aws-cdk-lib/aws-lambda";
import { globalTableNames } from "../globalTableNames.ts";
import { Faults } from "./faults.ts";
import { inside } from "./inside.ts";

/** What the drills of a region may break, and what ends them at once. */
export interface Drillable {
  /** That take events and deliveries from queues. */
  readonly workers: readonly IFunction[];
  /** That answer users. */
  readonly answers: readonly IFunction[];
  /** The region's copies of the global tables, by their short names. */
  readonly tables: Readonly<Record<string, string>>;
  /** Who breaks them: AWS FIS. */
  readonly role: IRole;
  /** They go off only when something is lost, or cannot be handled: no drill may do that. */
  readonly losses: readonly IAlarm[];
}

/**
 * Makes what drills may break in a region's stack breakable. Never the function `stream`: the extension of AWS FIS
 * would end its streaming.
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
    "Pipeline/Deliveries/Buried",
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
