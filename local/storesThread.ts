/** The entry point of the thread of the tables and of the objects. */
import { startTableService } from "./dynamodb/tableService.ts";
import { startS3Service } from "./s3/s3Service.ts";
import { serveThread } from "./thread/serveThread.ts";

serveThread({ tables: startTableService, s3: startS3Service });
