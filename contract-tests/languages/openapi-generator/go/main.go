// Prints the line items of an export, read with the client of openapi-generator.
package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path"
	"regexp"
	"strconv"
	"time"

	. "example.com/read-export/unbilledusage"
)

// An amount without a value is an empty string, which is no number.
var missing = regexp.MustCompile(`:\s*""`)

func main() {
	configuration := NewConfiguration()
	configuration.Servers = ServerConfigurations{{URL: os.Args[1]}}
	api := NewAPIClient(configuration).UnbilledUsageAPI
	ctx := context.WithValue(context.Background(), ContextAccessToken, "any")

	accepted, err := api.ExportUnbilledUsage(ctx).UnbilledUsageExportRequest(*NewUnbilledUsageExportRequest("USD", "last")).Execute()
	check(err)
	operationID := path.Base(accepted.Header.Get("Location"))
	operation, answer, err := api.GetOperation(ctx, operationID).Execute()
	for check(err); operation.RunningOperation != nil; check(err) {
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		time.Sleep(time.Duration(seconds) * time.Second)
		operation, answer, err = api.GetOperation(ctx, operationID).Execute()
	}
	manifest := operation.ExportSuccessOperation.ResourceLocation
	if manifest == nil {
		link := operation.ExportSuccessOperation.GetResourceLocationodataNavigationLink()
		manifest, _, err = api.GetManifest(ctx, path.Base(link)).Execute()
		check(err)
	}
	for _, blob := range manifest.Blobs {
		readBlob(manifest.RootDirectory + "/" + blob.Name + "?" + manifest.SasToken)
	}
}

func readBlob(url string) {
	stored, err := http.Get(url)
	check(err)
	defer stored.Body.Close()
	content, err := gzip.NewReader(stored.Body)
	check(err)
	lines := bufio.NewScanner(content)
	lines.Buffer(nil, 10_000_000)
	for lines.Scan() {
		var item UsageLineItem
		check(json.Unmarshal(missing.ReplaceAll(lines.Bytes(), []byte(`:null`)), &item))
		text, err := json.Marshal(item)
		check(err)
		fmt.Println(string(text))
	}
	check(lines.Err())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
