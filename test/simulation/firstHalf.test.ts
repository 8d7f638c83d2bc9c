import { describe } from "vitest";
import { runSeeds } from "./runSeeds.ts";

describe("the simulated pipeline, first half of the seeds", () => runSeeds(0));
