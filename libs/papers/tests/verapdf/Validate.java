import java.io.FileInputStream;
import java.io.InputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Says of each file and flavour whether veraPDF takes it for that: a line each, and one for each fault. */
public final class Validate {
  private static final PDFAFlavour[] FLAVOURS = {PDFAFlavour.PDFA_2_A, PDFAFlavour.PDFUA_1};

  public static void main(String[] files) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    for (String file : files) {
      for (PDFAFlavour flavour : FLAVOURS) {
        ValidationResult result = validated(file, flavour);
        System.out.printf("%s\t%s\t%s%n", file, flavour, result.isCompliant() ? "compliant" : "faulty");
        for (TestAssertion assertion : result.getTestAssertions()) {
          if (assertion.getStatus() == TestAssertion.Status.FAILED) {
            System.out.printf("%s\t%s\t%s: %s%n", file, flavour, assertion.getRuleId(), assertion.getMessage());
          }
        }
      }
    }
  }

  private static ValidationResult validated(String file, PDFAFlavour flavour) throws Exception {
    try (InputStream stream = new FileInputStream(file);
        PDFAParser parser = Foundries.defaultInstance().createParser(stream, flavour)) {
      return Foundries.defaultInstance().createValidator(flavour, false).validate(parser);
    }
  }
}
