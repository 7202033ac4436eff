import { readConfig } from './config.js';
import { startSimulator } from './simulator.js';

const config = readConfig();
const simulator = await startSimulator(config);

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  simulator.close().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`sim-walmart: ${String(error)}\n`);
      process.exit(1);
    },
  );
}

process.on('SIGTERM', stop);
process.on('SIGINT', stop);
if (config.exitWhenStdinCloses) {
  process.stdin.on('end', stop);
  process.stdin.on('close', stop);
  process.stdin.resume();
}

const { port, controlPort } = simulator;
process.stdout.write(`${JSON.stringify({ ready: true, port, controlPort })}\n`);
