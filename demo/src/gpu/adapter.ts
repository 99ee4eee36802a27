/** What the browser says of its adapter, in a line; what it keeps to itself is left out. */
export async function describeAdapter(): Promise<string> {
  try {
    const adapter = await (navigator as Partial<Navigator>).gpu?.requestAdapter({
      powerPreference: 'high-performance',
    });
    if (!adapter) return 'none';
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
    const words = [vendor, architecture, device, description, isFallbackAdapter ? '(software)' : ''];
    return words.filter(Boolean).join(' ') || 'unnamed';
  } catch (error) {
    return `none: ${error instanceof Error ? error.message : String(error)}`;
  }
}
