/** The plot: one self-contained SVG, or one line that names the missing package. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { stormSvg } from '../../src/storm/storm-svg.js';

describe('the plot', () => {
  afterEach(() => vi.doUnmock('echarts'));

  it('is drawn by the chart library without a DOM, and the chart is disposed afterwards', async () => {
    const calls: unknown[] = [];
    vi.doMock('echarts', () => ({
      init: (...args: unknown[]) => {
        calls.push(args);
        return {
          setOption: (option: { series: unknown[] }) => calls.push(option.series),
          renderToSVGString: () => '<svg></svg>',
          dispose: () => calls.push('disposed'),
        };
      },
    }));
    expect(await stormSvg([])).toMatch(/^<svg><!-- avatarkit-session storm, sha256 [0-9a-f]{64} --><\/svg>$/);
    expect(calls).toEqual([
      [null, null, { renderer: 'svg', ssr: true, width: 1_120, height: 640 }],
      [],
      'disposed',
    ]);
  });

  it('reports in one line which package is missing', async () => {
    vi.doMock('echarts', () => {
      throw new Error('Cannot find package');
    });
    await expect(stormSvg([])).rejects.toThrow(
      /^the plot needs the package echarts, which can't be loaded: npm install --save-dev echarts$/,
    );
  });

  it('reports a wrong version of the package', async () => {
    vi.doMock('echarts', () => ({ init: 'no function' }));
    await expect(stormSvg([])).rejects.toThrow('the plot needs version 6 of the package echarts');
  });
});
