// Calls that AWS's SDK for Java would make, signed by hand (Signature Version 4) and sent with the JDK's two HTTP clients: what is asked
// is whether the JVM goes through the proxy and trusts it, which no SDK changes. `java Calls.java CLIENT` runs it from its source.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

public class Calls {
  static final String REGION = "eu-west-1";

  interface Client {
    int send(String method, URI uri, Map<String, String> headers, byte[] body) throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("roots")) {
      TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init((KeyStore) null);
      System.out.println("roots " + ((X509TrustManager) trust.getTrustManagers()[0]).getAcceptedIssuers().length);
      return;
    }
    Client client = switch (arguments[0]) {
      case "URLConnection" -> Calls::urlConnection;
      case "HttpClient" -> Calls::httpClient;
      default -> throw new IllegalArgumentException(arguments[0]);
    };
    String name = arguments[0].toLowerCase();
    String bucket = "https://java-" + name + ".s3.eu-west-1.amazonaws.com";
    String place = "<CreateBucketConfiguration><LocationConstraint>" + REGION + "</LocationConstraint></CreateBucketConfiguration>";
    call(client, "s3", "PUT", bucket + "/", Map.of(), place);
    call(client, "s3", "PUT", bucket + "/reports/one", Map.of(), "hello");
    call(client, "dynamodb", "POST", "https://dynamodb.eu-west-1.amazonaws.com/",
        Map.of("x-amz-target", "DynamoDB_20120810.ListTables", "content-type", "application/x-amz-json-1.0"), "{}");
    // What is none of AWS's goes through the proxy as it is, and back.
    String beside = System.getenv("BESIDE");
    if (beside != null) System.out.println("beside " + client.send("GET", URI.create(beside), Map.of(), new byte[0]));
  }

  static void call(Client client, String service, String method, String url, Map<String, String> further, String body)
      throws Exception {
    URI uri = URI.create(url);
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String time = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").format(ZonedDateTime.now(ZoneOffset.UTC));
    TreeMap<String, String> headers = new TreeMap<>(further);
    headers.put("x-amz-date", time);
    headers.put("x-amz-content-sha256", hex(sha256(bytes)));
    TreeMap<String, String> signed = new TreeMap<>(headers);
    signed.put("host", uri.getRawAuthority());
    StringBuilder canonical = new StringBuilder(method + "\n" + uri.getRawPath() + "\n\n");
    signed.forEach((name, value) -> canonical.append(name).append(':').append(value).append('\n'));
    String names = String.join(";", signed.keySet());
    canonical.append('\n').append(names).append('\n').append(hex(sha256(bytes)));
    String scope = time.substring(0, 8) + "/" + REGION + "/" + service + "/aws4_request";
    String toSign = "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n"
        + hex(sha256(canonical.toString().getBytes(StandardCharsets.UTF_8)));
    byte[] key = ("AWS4" + System.getenv("AWS_SECRET_ACCESS_KEY")).getBytes(StandardCharsets.UTF_8);
    for (String part : scope.split("/")) key = hmac(key, part);
    headers.put("Authorization", "AWS4-HMAC-SHA256 Credential=" + System.getenv("AWS_ACCESS_KEY_ID") + "/" + scope
        + ", SignedHeaders=" + names + ", Signature=" + hex(hmac(key, toSign)));
    System.out.println(service + " " + method + " " + client.send(method, uri, headers, bytes));
  }

  static int urlConnection(String method, URI uri, Map<String, String> headers, byte[] body) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setRequestMethod(method);
    headers.forEach(connection::setRequestProperty);
    if (body.length > 0) {
      connection.setDoOutput(true);
      connection.getOutputStream().write(body);
    }
    int status = connection.getResponseCode();
    InputStream answer = status < 400 ? connection.getInputStream() : connection.getErrorStream();
    if (answer != null) answer.readAllBytes();
    return status;
  }

  static final HttpClient CLIENT = HttpClient.newHttpClient();

  static int httpClient(String method, URI uri, Map<String, String> headers, byte[] body) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri)
        .method(method, body.length > 0 ? HttpRequest.BodyPublishers.ofByteArray(body) : HttpRequest.BodyPublishers.noBody());
    headers.forEach(request::header);
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode();
  }

  static byte[] sha256(byte[] bytes) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  static byte[] hmac(byte[] key, String text) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
