// Captures a document with epcis2.js, a stock EPCIS client, and waits for its job:
// see scripts/epcis-conformance.
const assert = require('node:assert');
const {
  setup,
  capture,
  EPCISDocument,
  ObjectEvent,
  QuantityElement,
  BizLocation,
  ReadPoint,
} = require('epcis2.js');

const base = process.argv[2];
const authorization = { Authorization: `Bearer ${process.env.TOKEN}` };

setup({ apiUrl: base, headers: { 'content-type': 'application/json', ...authorization } });

function event(number) {
  return new ObjectEvent()
    .setEventTime('2024-09-30T06:00:00.000Z')
    .setEventTimeZoneOffset('+02:00')
    .setAction('OBSERVE')
    .setBizStep('shipping')
    .setDisposition('in_transit')
    .addEPC(`urn:epc:id:sgtin:9521141.012345.${number}`)
    .addQuantity(
      new QuantityElement()
        .setEpcClass('urn:epc:class:lgtin:4012345.012345.998877')
        .setQuantity(200)
        .setUom('KGM'),
    )
    .setReadPoint(new ReadPoint().setId('urn:epc:id:sgln:4012345.00005.0'))
    .setBizLocation(new BizLocation().setId('urn:epc:id:sgln:4012345.00005.0'));
}

async function finished(location) {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const url = new URL(location, base);
    const response = await fetch(url, { headers: authorization });
    assert.strictEqual(response.status, 200);
    const job = await response.json();
    if (!job.running) {
      return job;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the job does not end');
}

async function main() {
  const document = new EPCISDocument().setCreationDate('2024-09-30T07:00:00.000Z');
  document.addEventList([1, 2, 3].map(event));
  const taken = await capture(document);
  assert.strictEqual(taken.status, 202, await taken.text());
  const job = await finished(taken.headers.get('location'));
  assert.strictEqual(job.success, true, JSON.stringify(job));
  assert.strictEqual(job.capturedCount, 3, JSON.stringify(job));
  console.log(`captured ${job.capturedCount} events: ${job.submissions.join(' ')}`);

  const single = event(4).toObject();
  single['@context'] = 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld';
  const created = await fetch(`${base}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(single),
  });
  assert.strictEqual(created.status, 201, await created.text());
  console.log(`captured one event: ${created.headers.get('location')}`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
