import { speak } from '../../speech.js';

export async function GET() {
  return new Response(await speak());
}
