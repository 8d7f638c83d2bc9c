import { describe } from "vitest";
import { runSeeds } from "./runSeeds.ts";

describe("the pipeline, simulated with the other half", () => runSeeds(1));
