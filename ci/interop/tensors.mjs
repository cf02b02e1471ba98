// Reads the tensors and weights of an artifact with apache-arrow and prints their
// sums, one "file shape dtype sum" a line, as the test that wrote them does.
import { readFileSync, readdirSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';

const folder = process.argv[2];
for (const file of readdirSync(folder).filter((f) => f.endsWith('.arrow')).sort()) {
  const table = tableFromIPC(readFileSync(`${folder}/${file}`));
  if (file === 'weights.arrow') {
    for (const row of table) {
      let sum = 0;
      for (const v of row.values) sum += v;
      console.log(file, row.name, `[${[...row.shape].join(' ')}]`, sum);
    }
    continue;
  }
  const field = table.schema.fields[0];
  if (field.metadata.get('ARROW:extension:name') !== 'arrow.fixed_shape_tensor') throw new Error(`${file}: no extension type`);
  const shape = [table.numRows, ...JSON.parse(field.metadata.get('ARROW:extension:metadata')).shape];
  let sum = 0; // weighted by position, so that order counts
  let i = 0;
  for (const row of table.getChildAt(0)) for (const v of row) sum += Number(v) * (++i % 7);
  console.log(file, `[${shape.join(' ')}]`, String(field.type.children[0].type).toLowerCase(), sum);
}
