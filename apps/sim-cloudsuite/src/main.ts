import { readConfig } from './config.js';
import { startSimulator } from './simulator.js';

async function main(): Promise<void> {
  const config = readConfig();
  const simulator = await startSimulator(config);
  let closing = false;
  const stop = () => {
    if (closing) return;
    closing = true;
    simulator.close().then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (config.lifelineStdin) {
    process.stdin.once('close', stop);
    process.stdin.once('end', stop);
    process.stdin.resume();
  }
  const { port, controlPort, caFile } = simulator;
  process.stdout.write(`${JSON.stringify({ ready: true, port, controlPort, caFile })}\n`);
}

function fail(error: unknown): never {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`sim-cloudsuite: ${text}\n`);
  process.exit(1);
}

main().catch(fail);
