import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { SqsEngine } from "../engine/engine.ts";
import type { Queue } from "../engine/queue.ts";
import { invalidValue, sqsFailure } from "../errors.ts";
import type { Input } from "./inputs.ts";

interface MoveTask {
  readonly handle: string;
  readonly source: Queue;
  readonly destination: Queue | undefined;
  readonly messagesPerSecond: number | undefined;
  readonly startedAt: number;
  readonly total: number;
  moved: number;
  status: "RUNNING" | "COMPLETED" | "CANCELLED" | "FAILED";
}

const stepMs = 100;
const stepMessages = 100;
/** Maximum finished tasks that are listed. */
const recordedTasksMax = 100;

/**
 * Moves the messages of a dead-letter queue back to their source queues, or to another queue. As on
 * AWS, a moved message is a new one.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export const moveTasks = (engine: SqsEngine) => {
  const tasks: MoveTask[] = [];

  const run = async (task: MoveTask): Promise<void> => {
    while (task.status === "RUNNING" && !task.source.isDeleted) {
      try {
        step(engine, task);
      } catch {
        task.status = "FAILED";
      }
      await wait(stepMs, undefined, { ref: false });
    }
  };
  const queueOf = (arn: string): Queue => {
    const queue = engine.queueOfArn(arn);
    if (queue !== undefined) return queue;
    throw notFound();
  };
  return {
    start(input: Input<"StartMessageMoveTask">): { TaskHandle: string } {
      const source = queueOf(input.SourceArn);
      const isDeadLetterQueue = [...engine.queues()].some(
        ({ parsed }) => parsed.redrive?.targetArn === source.arn,
      );
      if (!isDeadLetterQueue) {
        throw invalidValue("Source queue must be configured as a Dead Letter Queue.");
      }
      if (tasks.some((one) => one.source === source && one.status === "RUNNING")) {
        throw invalidValue(
          "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        );
      }
      const task: MoveTask = {
        handle: randomUUID(),
        source,
        destination: input.DestinationArn === undefined ? undefined : queueOf(input.DestinationArn),
        messagesPerSecond: input.MaxNumberOfMessagesPerSecond,
        startedAt: Date.now(),
        total: source.messages.size - source.inFlight - source.delayed,
        moved: 0,
        status: "RUNNING",
      };
      tasks.unshift(task);
      tasks.splice(recordedTasksMax);
      void run(task);
      return { TaskHandle: task.handle };
    },
    cancel({ TaskHandle }: Input<"CancelMessageMoveTask">) {
      const task = tasks.find(
        ({ handle, status }) => handle === TaskHandle && status === "RUNNING",
      );
      if (task === undefined) {
        throw notFound();
      }
      task.status = "CANCELLED";
      return { ApproximateNumberOfMessagesMoved: task.moved };
    },
    list({ SourceArn, MaxResults }: Input<"ListMessageMoveTasks">) {
      const source = queueOf(SourceArn);
      const found = tasks.filter((one) => one.source === source).slice(0, MaxResults);
      return { Results: found.map(taskView) };
    },
  };
};

/** Moves the messages of one interval. */
const step = (engine: SqsEngine, task: MoveTask): void => {
  const { source, destination, messagesPerSecond = Number.POSITIVE_INFINITY } = task;
  const max = Math.min(stepMessages, Math.max(1, (messagesPerSecond * stepMs) / 1_000));
  for (let i = 0; i < max; i += 1) {
    const hasMoved =
      task.moved < task.total &&
      engine.redrive(
        source,
        ({ deadLetteredBy = "" }) => destination ?? engine.queueOfArn(deadLetteredBy) ?? source,
      );
    if (!hasMoved) {
      task.status = "COMPLETED";
      return;
    }
    task.moved += 1;
  }
};

const taskView = (task: MoveTask): object => ({
  ...(task.status === "RUNNING" && { TaskHandle: task.handle }),
  Status: task.status,
  SourceArn: task.source.arn,
  ...(task.destination !== undefined && { DestinationArn: task.destination.arn }),
  ...(task.messagesPerSecond !== undefined && {
    MaxNumberOfMessagesPerSecond: task.messagesPerSecond,
  }),
  ApproximateNumberOfMessagesMoved: task.moved,
  ApproximateNumberOfMessagesToMove: task.total,
  StartedTimestamp: task.startedAt,
});

const notFound = () =>
  sqsFailure("ResourceNotFoundException", "The resource that you specified doesn't exist.");
