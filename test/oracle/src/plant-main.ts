import { parseArgs } from 'node:util';
import { isPlantKind, PLANT_KINDS, plantError } from './plant.js';

const { values } = parseArgs({
  options: {
    kind: { type: 'string' },
    walmart: { type: 'string' },
    cloudsuite: { type: 'string' },
    out: { type: 'string' },
  },
});
const { kind = '', walmart, cloudsuite, out } = values;
if (!walmart || !cloudsuite || !out || !isPlantKind(kind)) {
  process.stderr.write(
    `plant --kind <kind> --walmart <file> --cloudsuite <file> --out <folder>\nkinds: ${PLANT_KINDS.join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  const copies = plantError(kind, { walmartTruth: walmart, cloudsuiteTruth: cloudsuite, out });
  process.stdout.write(`${JSON.stringify(copies)}\n`);
}
